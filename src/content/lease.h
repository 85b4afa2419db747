// A lease keeps digests from garbage collection while somebody works with them: a build before its
// name is written, a model while it runs. It is a file that lists the digests and is locked by its
// holder, so that a crashed holder's lease is dead at once. It also owns a folder for half-done
// files, uploads/<lease>/, which goes with it.
//
// Thread rule: one thread at a time; leases of several threads and processes live side by side.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "content/store_context.h"

namespace tegula::content {

class Lease {
 public:
  static Result<std::unique_ptr<Lease>> create(const StoreContext& store);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // From here on garbage collection spares the blob, or the manifest with all its blobs. It may
  // have been collected just before: look afterwards whether it is there.
  Result<void> protect(const Digest& digest);

  // A path in the lease's upload folder that nothing has yet.
  Result<os::Path> new_upload();

 private:
  Lease(const StoreContext& store, std::string name) : store_(store), name_(std::move(name)) {}
  os::Path path() const { return store_.layout.leases() / name_; }
  os::Path uploads() const { return store_.layout.uploads() / name_; }

  const StoreContext store_;
  const std::string name_;
  std::unique_ptr<os::File> file_;
  StoreLock alive_;
  std::set<Digest> protected_;
  bool has_uploads_ = false;
  std::size_t upload_count_ = 0;
};

// What the live leases protect. Call under lock_exclusive; dead ones are named in `dead`.
struct LeaseState {
  std::vector<Digest> protected_digests;
  std::vector<std::string> live, dead;
};
Result<LeaseState> read_leases(const StoreContext& store);

}  // namespace tegula::content

#include "content/lease.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::content {
namespace {

constexpr std::uint64_t kLeaseBytesMax = limits::kLeaseDigestsMax * 80;

Result<std::vector<Digest>> read_lease(const StoreContext& store, const os::Path& path) {
  const std::string text = TRY(os::read_file(store.fs, path, kLeaseBytesMax));
  std::vector<Digest> out;
  std::string_view rest = text;
  for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
    const Result<Digest> digest = Digest::parse(rest.substr(0, end));
    if (digest) out.push_back(*digest);  // else a line that a full disk cut short
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Lease>> Lease::create(const StoreContext& store) {
  // Garbage collection may not see the file before it is locked.
  const StoreLock lock = TRY(lock_shared(store));
  TRY(os::make_folders(store.fs, store.layout.leases()));
  std::unique_ptr<Lease> lease(new Lease(store, random_name(store.random)));
  lease->file_ = TRY(store.fs.create(lease->path(), 0644));
  lease->alive_ = TRY(store.fs.lock(lease->path(), os::LockMode::Exclusive, false));
  return lease;
}

// Failures leave garbage that is nobody's: gc takes it away.
Lease::~Lease() {
  if (!file_) return;
  if (has_uploads_) static_cast<void>(os::remove_tree(store_.fs, uploads()));
  static_cast<void>(store_.fs.remove(path()));
}

Result<void> Lease::protect(const Digest& digest) {
  if (protected_.contains(digest)) return {};
  if (protected_.size() == limits::kLeaseDigestsMax)
    return fail(Code::Exhausted,
                fmt::format("one lease protects at most {} digests", limits::kLeaseDigestsMax));
  const StoreLock lock = TRY(lock_shared(store_));
  // The line break in front ends a line that an earlier failure may have cut short.
  TRY(file_->append(bytes_of("\n" + digest.str() + "\n")));
  protected_.insert(digest);
  return {};
}

Result<os::Path> Lease::new_upload() {
  if (!has_uploads_) TRY(os::make_folders(store_.fs, uploads()));
  has_uploads_ = true;
  return uploads() / fmt::to_string(upload_count_++);
}

Result<LeaseState> read_leases(const StoreContext& store) {
  LeaseState out;
  for (const std::string& name : TRY(list_folder(store, store.layout.leases()))) {
    const os::Path path = store.layout.leases() / name;
    const auto lock = store.fs.lock(path, os::LockMode::Exclusive, false);
    if (lock) {
      out.dead.push_back(name);
      continue;
    }
    if (lock.error().code == Code::NotFound) continue;  // let go meanwhile
    if (lock.error().code != Code::Unavailable) return std::unexpected(lock.error());
    const Result<std::vector<Digest>> digests = read_lease(store, path);
    if (!digests && digests.error().code == Code::NotFound) continue;
    if (!digests) return std::unexpected(digests.error());
    out.live.push_back(name);
    out.protected_digests.insert(out.protected_digests.end(), digests->begin(), digests->end());
  }
  return out;
}

}  // namespace tegula::content

// The store: every model on this machine, by content, by name and with its history
// (docs/reference/store.md).
//
// This is the face of the parts; each says more in its own header. Whatever a call acknowledged
// survives kill -9 and power loss, and nothing half-made is ever visible.
//
// Thread rule: thread-safe, also between processes; a Lease belongs to one thread at a time.
#pragma once

#include "content/checked_reader.h"
#include "content/collector.h"
#include "content/import.h"
#include "content/manifest_store.h"
#include "content/oci_layout.h"
#include "content/partial_blob.h"
#include "content/referrer_store.h"
#include "content/repairer.h"
#include "content/tag_store.h"
#include "content/usage.h"
#include "content/verified_blob.h"
#include "content/verifier.h"

namespace tegula::content {

class Store {
 public:
  // Makes the store if there is none. The first three must outlive it.
  static Result<Store> open(os::FileSystem& fs, const Clock& clock, Random& random,
                            const os::Path& path);

  const os::Path& path() const { return context_.layout.root(); }

  // Whoever puts something in, or runs a model, holds a lease meanwhile. On a read-only disk there
  // is none, PermissionDenied; nobody can collect there either.
  Result<std::unique_ptr<Lease>> lease() const;

  // --- content ---
  Result<StoredBlob> put_bytes(ByteView bytes, Lease& lease) const;
  Result<StoredBlob> import_file(const os::Path& path, Lease& lease, const ImportOptions& options,
                                 Progress& progress, const Stop& stop) const;

  // A blob that comes in piece by piece, and may have begun to long ago.
  Result<std::unique_ptr<PartialBlob>> open_partial(const Descriptor& blob,
                                                    std::optional<BlobTree> tree,
                                                    Progress& progress, const Stop& stop) const;

  Result<Digest> put_manifest(std::string_view json, Lease& lease) const;
  Result<Manifest> read_manifest(const Digest& digest) const;
  Result<std::string> read_manifest_bytes(const Digest& digest) const;
  Result<Digest> put_index(std::string_view json, Lease& lease) const;
  Result<std::optional<ImageIndex>> read_index(const Digest& digest) const;
  Result<std::vector<Digest>> packs_of(const Digest& digest) const;
  Result<Digest> put_referrer(std::string_view json, Lease& lease) const;
  Result<void> remove_referrer(const Digest& subject, const Digest& referrer) const;
  Result<std::vector<Referrer>> referrers(const Digest& subject) const;
  Result<bool> has_blob(const Digest& digest, std::uint64_t size) const;
  Result<BlobTree> read_tree(const Descriptor& blob) const;

  // Where the blob's bytes lie, in the store or in place; nothing is said about them.
  Result<os::Path> blob_path(const Descriptor& blob) const;
  Result<VerifiedBlob> open_verified(const Descriptor& blob, Progress& progress,
                                     const Stop& stop) const;

  Result<CheckedReader> open_reader(const Descriptor& blob, Progress& progress,
                                    const Stop& stop) const;

  // --- names ---
  Result<TagChange> tag(const Reference& name, const Digest& manifest,
                        std::string_view event) const;
  Result<TagChange> copy(const Reference& from, const Reference& to) const;
  Result<TagChange> remove(const Reference& name) const;
  Result<TagChange> rollback(const Reference& name, const std::optional<Digest>& to) const;
  Result<Digest> resolve(const Reference& name) const;
  Result<TagHistory> versions(const Reference& name) const;
  Result<NameListing> names() const;

  // --- folders in OCI layout ---
  Result<ExportReport> export_layout(const Digest& manifest, const std::string& name,
                                     const os::Path& folder, Progress& progress,
                                     const Stop& stop) const;
  Result<Digest> import_layout(const os::Path& folder, const Descriptor& manifest, Lease& lease,
                               Progress& progress, const Stop& stop) const;

  // --- care ---
  Result<GcReport> gc(const GcOptions& options) const;
  Result<Usage> usage(const GcOptions& options) const;
  Result<VerifyReport> verify(Progress& progress, const Stop& stop) const;
  Result<VerifyReport> verify(const Digest& manifest, Progress& progress, const Stop& stop) const;
  Result<RepairReport> repair(const RepairOptions& options, Progress& progress,
                              const Stop& stop) const;

 private:
  explicit Store(StoreContext context) : context_(std::move(context)) {}
  StoreContext context_;
};

}  // namespace tegula::content

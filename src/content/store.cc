#include "content/store.h"

#include <system_error>

#include "content/store_version.h"

namespace tegula::content {

Result<Store> Store::open(os::FileSystem& fs, const Clock& clock, Random& random,
                          const os::Path& path) {
  std::error_code error;
  const os::Path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error || absolute.empty())
    return fail(Code::InvalidArgument, "store \"" + path.native() + "\": not a usable path");
  StoreContext context{fs, clock, random, Layout(absolute)};
  TRY(prepare_store(context, store_migrations()));
  return Store(std::move(context));
}

Result<std::unique_ptr<Lease>> Store::lease() const { return Lease::create(context_); }

Result<StoredBlob> Store::put_bytes(ByteView bytes, Lease& lease) const {
  return content::put_bytes(context_, bytes, lease);
}

Result<StoredBlob> Store::import_file(const os::Path& path, Lease& lease,
                                      const ImportOptions& options, Progress& progress,
                                      const Stop& stop) const {
  return content::import_file(context_, path, lease, options, progress, stop);
}

Result<std::unique_ptr<PartialBlob>> Store::open_partial(const Descriptor& blob,
                                                         std::optional<BlobTree> tree,
                                                         Progress& progress,
                                                         const Stop& stop) const {
  return PartialBlob::open(context_, blob.digest, blob.size, std::move(tree), progress, stop);
}

Result<Digest> Store::put_manifest(std::string_view json, Lease& lease) const {
  return content::put_manifest(context_, json, lease);
}

Result<Manifest> Store::read_manifest(const Digest& digest) const {
  return content::read_manifest(context_, digest);
}

Result<std::string> Store::read_manifest_bytes(const Digest& digest) const {
  return content::read_manifest_bytes(context_, digest);
}

Result<Digest> Store::put_index(std::string_view json, Lease& lease) const {
  return content::put_index(context_, json, lease);
}

Result<std::optional<ImageIndex>> Store::read_index(const Digest& digest) const {
  return content::read_index(context_, digest);
}

Result<std::vector<Digest>> Store::packs_of(const Digest& digest) const {
  return content::packs_of(context_, digest);
}

Result<Digest> Store::put_referrer(std::string_view json, Lease& lease) const {
  return content::put_referrer(context_, json, lease);
}

Result<void> Store::remove_referrer(const Digest& subject, const Digest& referrer) const {
  return content::remove_referrer(context_, subject, referrer);
}

Result<std::vector<Referrer>> Store::referrers(const Digest& subject) const {
  return read_referrers(context_, subject);
}

Result<bool> Store::has_blob(const Digest& digest, std::uint64_t size) const {
  return content::has_blob(context_, digest, size);
}

Result<BlobTree> Store::read_tree(const Descriptor& blob) const {
  return content::read_tree(context_, blob.digest, blob.size);
}

Result<os::Path> Store::blob_path(const Descriptor& blob) const {
  return TRY(open_blob(context_, blob.digest, blob.size)).path;
}

Result<VerifiedBlob> Store::open_verified(const Descriptor& blob, Progress& progress,
                                          const Stop& stop) const {
  return content::open_verified(context_, blob, progress, stop);
}

Result<CheckedReader> Store::open_reader(const Descriptor& blob, Progress& progress,
                                         const Stop& stop) const {
  return CheckedReader::open(context_, blob, progress, stop);
}

Result<TagChange> Store::tag(const Reference& name, const Digest& manifest,
                             std::string_view event) const {
  return put_tag(context_, name, manifest, event);
}

Result<TagChange> Store::copy(const Reference& from, const Reference& to) const {
  return put_tag(context_, to, TRY(resolve(from)), "copied");
}

Result<TagChange> Store::remove(const Reference& name) const { return remove_tag(context_, name); }

Result<TagChange> Store::rollback(const Reference& name, const std::optional<Digest>& to) const {
  return roll_back(context_, name, to);
}

Result<Digest> Store::resolve(const Reference& name) const {
  return content::resolve(context_, name);
}

Result<TagHistory> Store::versions(const Reference& name) const {
  return read_versions(context_, name);
}

Result<NameListing> Store::names() const { return list_names(context_); }

Result<ExportReport> Store::export_layout(const Digest& manifest, const std::string& name,
                                          const os::Path& folder, Progress& progress,
                                          const Stop& stop) const {
  return content::export_layout(context_, manifest, name, folder, progress, stop);
}

Result<Digest> Store::import_layout(const os::Path& folder, const Descriptor& manifest,
                                    Lease& lease, Progress& progress, const Stop& stop) const {
  return content::import_layout(context_, folder, manifest, lease, progress, stop);
}

Result<GcReport> Store::gc(const GcOptions& options) const {
  return collect_garbage(context_, options);
}

Result<Usage> Store::usage(const GcOptions& options) const {
  return measure_usage(context_, options);
}

Result<VerifyReport> Store::verify(Progress& progress, const Stop& stop) const {
  return verify_all(context_, progress, stop);
}

Result<VerifyReport> Store::verify(const Digest& manifest, Progress& progress,
                                   const Stop& stop) const {
  return verify_manifest(context_, manifest, progress, stop);
}

Result<RepairReport> Store::repair(const RepairOptions& options, Progress& progress,
                                   const Stop& stop) const {
  return content::repair(context_, options, progress, stop);
}

}  // namespace tegula::content

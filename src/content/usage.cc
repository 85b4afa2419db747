#include "content/usage.h"

#include <map>
#include <set>

#include "content/external_blob.h"
#include "content/manifest_store.h"
#include "content/tag_store.h"

namespace tegula::content {
namespace {

Result<std::uint64_t> bytes_below(const StoreContext& store, const os::Path& folder) {
  std::uint64_t out = 0;
  for (const std::string& name : TRY(list_folder(store, folder))) {
    const auto stat = store.fs.stat(folder / name);
    if (!stat) continue;  // gone meanwhile
    out += stat->kind == os::FileKind::Folder ? TRY(bytes_below(store, folder / name)) : stat->size;
  }
  return out;
}

std::uint64_t size_of(const StoreContext& store, const os::Path& path) {
  const auto stat = store.fs.stat(path);
  return stat ? stat->size : 0;
}

// Blobs that at least two manifests use.
Result<std::uint64_t> count_shared(const StoreContext& store,
                                   const std::vector<Digest>& manifests) {
  std::map<Digest, int> users;
  std::map<Digest, std::uint64_t> sizes;
  for (const Digest& digest : manifests) {
    const auto manifest = read_manifest(store, digest);
    if (!manifest) continue;
    std::set<Digest> once;
    for (const Descriptor* blob : blobs_of(*manifest)) {
      sizes[blob->digest] = blob->size;
      once.insert(blob->digest);
    }
    for (const Digest& blob : once) ++users[blob];
  }
  std::uint64_t out = 0;
  for (const auto& [digest, count] : users)
    if (count > 1) out += sizes[digest];
  return out;
}

}  // namespace

Result<Usage> measure_usage(const StoreContext& store, const GcOptions& options) {
  const Layout& layout = store.layout;
  const std::vector<Digest> blobs = TRY(list_digests(store, layout.blobs()));
  const std::vector<Digest> manifests = TRY(list_digests(store, layout.manifests()));
  const std::vector<Digest> external = TRY(list_digests(store, layout.external()));
  Usage out;
  out.blob_count = blobs.size();
  out.manifest_count = manifests.size();
  out.external_count = external.size();
  out.name_count = TRY(list_tag_files(store)).size();
  for (const Digest& digest : blobs) out.blob_bytes += size_of(store, layout.blob(digest));
  for (const Digest& digest : manifests)
    out.manifest_bytes += size_of(store, layout.manifest(digest));
  for (const Digest& digest : external)
    if (const auto record = read_external(store, digest); record && *record)
      out.external_bytes += (*record)->size;
  out.tree_bytes = TRY(bytes_below(store, layout.trees()));
  out.upload_bytes = TRY(bytes_below(store, layout.uploads()));
  out.upload_bytes += TRY(bytes_below(store, layout.partials()));
  out.trash_bytes = TRY(bytes_below(store, layout.trash()));
  out.shared_bytes = TRY(count_shared(store, manifests));
  GcOptions dry = options;
  dry.dry_run = true;
  out.reclaimable_bytes = TRY(collect_garbage(store, dry)).freed_bytes;
  return out;
}

}  // namespace tegula::content

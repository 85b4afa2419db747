#include "content/manifest_store.h"

#include <set>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/limits.h"
#include "content/blob_store.h"
#include "content/layer.h"
#include "content/synced.h"

namespace tegula::content {
namespace {

std::string label(const Descriptor& blob) {
  return file_path(blob).empty() ? "config" : fmt::format("layer \"{}\"", file_path(blob));
}

Result<void> expect_blob(const StoreContext& store, const Descriptor& blob) {
  if (!TRY(has_blob(store, blob.digest, blob.size)))
    return fail(Code::NotFound, fmt::format("blob {} of {} bytes is not in the store",
                                            blob.digest.str(), blob.size));
  const std::optional<crypto::Hash256> root = tree_root(blob);
  if (!root) return {};
  const BlobTree tree = TRY(read_tree(store, blob.digest, blob.size));
  if (tree.root == *root) return {};
  return fail(Code::Corrupt, fmt::format("tree root does not match: want {}, got {}",
                                         hex_encode(*root), hex_encode(tree.root)));
}

// Blobs that were there already may have been left by somebody who was killed before syncing their
// names. Once for all of them, so that put_bytes and import_file need not.
Result<void> sync_blobs(const StoreContext& store, const Manifest& manifest) {
  std::set<os::Path> folders;
  const auto add = [&](os::Path path) {
    while (path != store.layout.root()) folders.insert(path = path.parent_path());
  };
  for (const Descriptor* blob : blobs_of(manifest))
    for (const os::Path& path : {store.layout.blob(blob->digest), store.layout.tree(blob->digest),
                                 store.layout.external(blob->digest)})
      if (TRY(os::exists(store.fs, path))) add(path);
  for (const os::Path& folder : folders) TRY(store.fs.sync_folder(folder));
  return {};
}

}  // namespace

Result<Digest> put_manifest(const StoreContext& store, std::string_view json, Lease& lease) {
  const Manifest manifest = TRY(Manifest::parse(json));
  const Digest digest = Digest::of(bytes_of(json));
  TRY(lease.protect(digest));
  const StoreLock lock = TRY(lock_shared(store));
  for (const Descriptor* blob : blobs_of(manifest))
    TRY(expect_blob(store, *blob), fmt::format("manifest: {}", label(*blob)));
  const os::Path path = store.layout.manifest(digest);
  if (TRY(has_manifest(store, digest)) && read_manifest_bytes(store, digest)) {
    TRY(sync_name(store, path));
    return digest;
  }
  TRY(sync_blobs(store, manifest));
  TRY(put_file(store, path, bytes_of(json), 0444));
  return digest;
}

Result<std::string> read_manifest_bytes(const StoreContext& store, const Digest& digest) {
  auto json = os::read_file(store.fs, store.layout.manifest(digest), limits::kManifestBytesMax);
  if (!json && json.error().code == Code::NotFound)
    return fail(Code::NotFound, fmt::format("manifest {} is not in the store", digest.str()),
                "build or pull the model again");
  if (!json) return json;
  const Digest got = Digest::of(bytes_of(*json));
  if (got == digest) return json;
  return fail(
      Code::Corrupt,
      fmt::format("manifest does not match its digest: want {}, got {}", digest.str(), got.str()),
      "tegula store repair, or build or pull the model again");
}

Result<Manifest> read_manifest(const StoreContext& store, const Digest& digest) {
  return Manifest::parse(TRY(read_manifest_bytes(store, digest)));
}

Result<bool> has_manifest(const StoreContext& store, const Digest& digest) {
  return os::exists(store.fs, store.layout.manifest(digest));
}

}  // namespace tegula::content

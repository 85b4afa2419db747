#include "content/manifest_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/printable.h"
#include "content/annotation.h"
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

// Whether it is there, and whole; its name is then on the disk.
Result<bool> is_kept(const StoreContext& store, const Digest& digest) {
  if (!TRY(has_manifest(store, digest)) || !read_manifest_bytes(store, digest)) return false;
  TRY(sync_name(store, store.layout.manifest(digest)));
  return true;
}

// Who is after a model and got an index is told what to ask for.
std::unexpected<Error> is_no_model(const ImageIndex& index) {
  std::vector<std::string> targets;
  for (const Descriptor& manifest : index.manifests) {
    const std::string* title = find_annotation(manifest.annotations, annotation::kTitle);
    targets.push_back(title == nullptr ? manifest.digest.str() : *title);
  }
  return fail(Code::InvalidArgument,
              fmt::format("it is an index of {} models, one a target", targets.size()),
              printable(fmt::format("name one, with its target in place of \"all\": {}",
                                    fmt::join(targets, ", ")),
                        1000));
}

// The index that these bytes are; nothing if they are none.
std::optional<ImageIndex> as_index(std::string_view json) {
  auto index = ImageIndex::parse(json);
  return index ? std::optional(std::move(*index)) : std::nullopt;
}

}  // namespace

Result<Digest> put_manifest(const StoreContext& store, std::string_view json, Lease& lease) {
  const Manifest manifest = TRY(Manifest::parse(json));
  const Digest digest = Digest::of(bytes_of(json));
  TRY(lease.protect(digest));
  const StoreLock lock = TRY(lock_shared(store));
  for (const Descriptor* blob : blobs_of(manifest))
    TRY(expect_blob(store, *blob), fmt::format("manifest: {}", label(*blob)));
  if (TRY(is_kept(store, digest))) return digest;
  TRY(sync_blobs(store, blobs_of(manifest)));
  TRY(put_file(store, store.layout.manifest(digest), bytes_of(json), 0444));
  return digest;
}

Result<Digest> put_index(const StoreContext& store, std::string_view json, Lease& lease) {
  const ImageIndex index = TRY(ImageIndex::parse(json));
  const Digest digest = Digest::of(bytes_of(json));
  if (index.manifests.empty()) return fail(Code::InvalidArgument, "index: it names no manifest");
  TRY(lease.protect(digest));
  const StoreLock lock = TRY(lock_shared(store));
  for (const Descriptor& manifest : index.manifests) {
    const std::string text = TRY(read_manifest_bytes(store, manifest.digest), "index");
    TRY(Manifest::parse(text), fmt::format("index: {}", short_form(manifest.digest)));
    if (text.size() != manifest.size)
      return fail(Code::Corrupt, fmt::format("index: manifest {} has {} bytes, not {}",
                                             manifest.digest.str(), text.size(), manifest.size));
    TRY(sync_name(store, store.layout.manifest(manifest.digest)));
  }
  if (TRY(is_kept(store, digest))) return digest;
  TRY(put_file(store, store.layout.manifest(digest), bytes_of(json), 0444));
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
  const std::string json = TRY(read_manifest_bytes(store, digest));
  auto manifest = Manifest::parse(json);
  if (manifest) return manifest;
  if (const std::optional<ImageIndex> index = as_index(json)) return is_no_model(*index);
  return manifest;
}

Result<std::optional<ImageIndex>> read_index(const StoreContext& store, const Digest& digest) {
  return as_index(TRY(read_manifest_bytes(store, digest)));
}

Result<std::vector<Digest>> packs_of(const StoreContext& store, const Digest& digest) {
  const std::optional<ImageIndex> index = TRY(read_index(store, digest));
  if (!index) return std::vector{digest};
  std::vector<Digest> out;
  for (const Descriptor& manifest : index->manifests) out.push_back(manifest.digest);
  return out;
}

Result<bool> has_manifest(const StoreContext& store, const Digest& digest) {
  return os::exists(store.fs, store.layout.manifest(digest));
}

}  // namespace tegula::content

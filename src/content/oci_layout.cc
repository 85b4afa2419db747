#include "content/oci_layout.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/file_copy.h"
#include "content/import.h"
#include "content/layer.h"
#include "content/manifest_store.h"
#include "content/media_type.h"
#include "content/referrer_store.h"
#include "content/verified_blob.h"

namespace tegula::content {
namespace {

constexpr std::string_view kLayoutFile = "oci-layout";
constexpr std::string_view kLayoutVersion = "1.0.0";

os::Path blob_path(const os::Path& folder, const Digest& digest) {
  return folder / "blobs" / "sha256" / digest.hex();
}

Result<void> check_layout_file(const os::FileSystem& fs, const os::Path& folder) {
  const auto text = os::read_file(fs, folder / kLayoutFile, limits::kKiB);
  if (!text && text.error().code == Code::NotFound)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not in OCI layout: it has no file \"{}\"",
                            printable(folder.native(), 300), kLayoutFile));
  if (!text) return std::unexpected(text.error());
  const codec::Json json = TRY(codec::parse_json(*text), kLayoutFile);
  const std::string version = TRY(codec::string_member(json, "imageLayoutVersion"), kLayoutFile);
  if (version == kLayoutVersion) return {};
  return fail(Code::Unsupported, fmt::format("{}: expected version \"{}\", got \"{}\"", kLayoutFile,
                                             kLayoutVersion, printable(version)));
}

Result<ImageIndex> read_index(const os::FileSystem& fs, const os::Path& folder) {
  TRY(check_layout_file(fs, folder));
  const std::string json = TRY(os::read_file(fs, folder / "index.json", limits::kManifestBytesMax));
  return TRY(ImageIndex::parse(json), "index.json");
}

// A folder that is empty, or not there, becomes a layout.
Result<ImageIndex> open_or_make(os::FileSystem& fs, const os::Path& folder) {
  TRY(os::make_folders(fs, folder));
  if (!TRY(fs.list(folder)).empty()) return read_index(fs, folder);
  const ImageIndex empty;
  TRY(os::write_durably(fs, folder / "index.json", bytes_of(TRY(encode(empty)))));
  codec::OrderedJson layout;
  layout["imageLayoutVersion"] = kLayoutVersion;
  TRY(os::write_durably(fs, folder / kLayoutFile, bytes_of(layout.dump())));
  return empty;
}

// True if it was there already.
Result<bool> export_blob(const StoreContext& store, const Descriptor& blob, const os::Path& folder,
                         Progress& progress, const Stop& stop) {
  const os::Path target = blob_path(folder, blob.digest);
  const auto present = store.fs.stat(target);
  if (present && present->size == blob.size) return true;
  const VerifiedBlob from = TRY(open_verified(store, blob, progress, stop));
  const std::string label(file_path(blob).empty() ? "config" : file_path(blob));
  progress.begin(fmt::format("writing {}", label), blob.size);
  TRY(copy_durably(store.fs, from.file(), target, progress, stop));
  progress.end();
  return false;
}

void put_name(ImageIndex& index, Descriptor manifest, const std::string& name) {
  const auto has_name = [&](const Descriptor& other) {
    const std::string* other_name = find_annotation(other.annotations, annotation::kRefName);
    return other_name != nullptr && *other_name == name;
  };
  std::erase_if(index.manifests, has_name);
  manifest.annotations.insert_or_assign(std::string(annotation::kRefName), name);
  index.manifests.push_back(std::move(manifest));
}

// What is said about a model goes with it, as entries of the index without a name.
Result<void> export_referrers(const StoreContext& store, const Digest& subject,
                              const os::Path& folder, ImageIndex& index, const Stop& stop) {
  NoProgress silent;
  for (const Referrer& referrer : TRY(read_referrers(store, subject))) {
    TRY(check_portable(referrer));
    for (const Descriptor* blob : blobs_of(referrer.manifest))
      TRY(export_blob(store, *blob, folder, silent, stop));
    TRY(os::write_durably(store.fs, blob_path(folder, referrer.digest), bytes_of(referrer.json)));
    Descriptor entry{.media_type = std::string(media_type::kImageManifest),
                     .digest = referrer.digest,
                     .size = referrer.json.size()};
    entry.artifact_type = referrer.manifest.kind();
    if (std::ranges::find(index.manifests, entry.digest, &Descriptor::digest) ==
        index.manifests.end())
      index.manifests.push_back(std::move(entry));
  }
  return {};
}

Result<void> export_pack(const StoreContext& store, const Digest& pack, const os::Path& folder,
                         ExportReport& report, Progress& progress, const Stop& stop) {
  const std::string json = TRY(read_manifest_bytes(store, pack));
  const Manifest manifest = TRY(read_manifest(store, pack));
  for (const Descriptor* blob : blobs_of(manifest)) {
    ++report.blobs;
    const bool was_there = TRY(export_blob(store, *blob, folder, progress, stop));
    report.already_there += was_there ? 1 : 0;
    report.bytes += was_there ? 0 : blob->size;
  }
  TRY(os::write_durably(store.fs, blob_path(folder, pack), bytes_of(json)));
  ++report.blobs;
  return {};
}

// The entry's manifest, if it says something about another one.
std::optional<Referrer> referrer_at(const os::FileSystem& fs, const os::Path& folder,
                                    const Descriptor& entry) {
  if (find_annotation(entry.annotations, annotation::kRefName) != nullptr) return std::nullopt;
  const auto json = os::read_file(fs, blob_path(folder, entry.digest), limits::kManifestBytesMax);
  if (!json || Digest::of(bytes_of(*json)) != entry.digest) return std::nullopt;
  auto referrer = parse_referrer(*json);
  if (!referrer) return std::nullopt;
  return std::move(*referrer);
}

// Whether an entry without a name is about a model and none itself. By what the index says it is,
// so that a damaged one is not taken for a model.
bool says_something(const os::FileSystem& fs, const os::Path& folder, const Descriptor& entry) {
  const bool is_other =
      !entry.artifact_type.empty() && entry.artifact_type != media_type::kModelManifest;
  return is_other || referrer_at(fs, folder, entry);
}

// Nothing is copied of a file that cannot be the blob.
Result<void> import_blob(const StoreContext& store, const os::Path& folder, const Descriptor& blob,
                         Lease& lease, Progress& progress, const Stop& stop) {
  TRY(lease.protect(blob.digest));
  if (TRY(has_blob(store, blob.digest, blob.size))) return {};
  const os::Path path = blob_path(folder, blob.digest);
  const std::unique_ptr<os::File> file = TRY(store.fs.open(path));
  const std::uint64_t size = TRY(file->stat()).size;
  if (size != blob.size)
    return fail(Code::Corrupt,
                fmt::format("size does not match: want {}, got {}", blob.size, size));
  const StoredBlob stored =
      TRY(import_file(store, path, lease, {.allow_hard_link = false}, progress, stop));
  if (stored.digest == blob.digest) return {};
  return fail(Code::Corrupt, fmt::format("digest does not match: want {}, got {}",
                                         blob.digest.str(), stored.digest.str()));
}

// What cannot be read is no reason to be without the model.
Result<void> import_referrers(const StoreContext& store, const Digest& subject,
                              const os::Path& folder, Lease& lease, const Stop& stop) {
  NoProgress silent;
  std::size_t count = 0;
  const ImageIndex index = TRY(read_index(store.fs, folder));
  for (const Descriptor& entry : index.manifests) {
    const std::optional<Referrer> referrer = referrer_at(store.fs, folder, entry);
    if (!referrer || referrer->subject().digest != subject || !check_portable(*referrer)) continue;
    if (++count > limits::kReferrersMax) break;
    for (const Descriptor* blob : blobs_of(referrer->manifest))
      static_cast<void>(import_blob(store, folder, *blob, lease, silent, stop));
    static_cast<void>(put_referrer(store, referrer->json, lease));
    TRY(stop.check());
  }
  return {};
}

Result<std::string> read_manifest_at(const os::FileSystem& fs, const os::Path& folder,
                                     const Descriptor& manifest) {
  std::string json =
      TRY(os::read_file(fs, blob_path(folder, manifest.digest), limits::kManifestBytesMax));
  const Digest got = Digest::of(bytes_of(json));
  if (got == manifest.digest) return json;
  return fail(Code::Corrupt, fmt::format("manifest: digest does not match: want {}, got {}",
                                         manifest.digest.str(), got.str()));
}

Result<Digest> import_pack(const StoreContext& store, const os::Path& folder,
                           const std::string& json, Lease& lease, Progress& progress,
                           const Stop& stop) {
  const Manifest parsed = TRY(Manifest::parse(json));
  for (const Descriptor* blob : blobs_of(parsed)) {
    const std::string label(file_path(*blob).empty() ? "config" : file_path(*blob));
    TRY(import_blob(store, folder, *blob, lease, progress, stop), label);
  }
  const Digest digest = TRY(put_manifest(store, json, lease));
  TRY(import_referrers(store, digest, folder, lease, stop));
  return digest;
}

}  // namespace

Result<ExportReport> export_layout(const StoreContext& store, const Digest& manifest,
                                   const std::string& name, const os::Path& folder,
                                   Progress& progress, const Stop& stop) {
  const std::string json = TRY(read_manifest_bytes(store, manifest));
  const bool is_index = TRY(read_index(store, manifest)).has_value();
  ImageIndex index = TRY(open_or_make(store.fs, folder));
  const os::Path blobs = folder / "blobs" / "sha256";
  TRY(os::make_folders(store.fs, blobs));
  ExportReport report;
  for (const Digest& pack : TRY(packs_of(store, manifest))) {
    TRY(export_pack(store, pack, folder, report, progress, stop));
    TRY(export_referrers(store, pack, folder, index, stop));
  }
  if (is_index) {
    TRY(os::write_durably(store.fs, blob_path(folder, manifest), bytes_of(json)));
    ++report.blobs;
  }
  TRY(store.fs.sync_folder(blobs));
  Descriptor descriptor{
      .media_type = std::string(is_index ? media_type::kImageIndex : media_type::kImageManifest),
      .digest = manifest,
      .size = json.size()};
  descriptor.artifact_type = media_type::kModelManifest;
  put_name(index, std::move(descriptor), name);
  const std::string index_json = TRY(encode(index));
  TRY(os::write_durably(store.fs, folder / "index.json", bytes_of(index_json)));
  return report;
}

Result<std::vector<LayoutEntry>> read_layout(const os::FileSystem& fs, const os::Path& folder) {
  const ImageIndex index = TRY(read_index(fs, folder));
  std::vector<LayoutEntry> out;
  for (const Descriptor& manifest : index.manifests) {
    const std::string* name = find_annotation(manifest.annotations, annotation::kRefName);
    if (name == nullptr && says_something(fs, folder, manifest)) continue;
    out.push_back({name == nullptr ? std::string() : *name, manifest});
  }
  return out;
}

Result<Digest> import_layout(const StoreContext& store, const os::Path& folder,
                             const Descriptor& manifest, Lease& lease, Progress& progress,
                             const Stop& stop) {
  const std::string json = TRY(read_manifest_at(store.fs, folder, manifest));
  const auto index = ImageIndex::parse(json);
  if (!index) return import_pack(store, folder, json, lease, progress, stop);
  for (const Descriptor& pack : index->manifests) {
    const std::string text = TRY(read_manifest_at(store.fs, folder, pack));
    TRY(import_pack(store, folder, text, lease, progress, stop), short_form(pack.digest));
  }
  return put_index(store, json, lease);
}

}  // namespace tegula::content

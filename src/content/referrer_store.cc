#include "content/referrer_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/blob_store.h"
#include "content/manifest_store.h"
#include "content/media_type.h"
#include "content/synced.h"

namespace tegula::content {
namespace {

Result<void> expect_whole(const StoreContext& store, const ImageManifest& manifest) {
  if (!TRY(has_manifest(store, manifest.subject->digest)))
    return fail(Code::NotFound,
                fmt::format("its subject {} is not in the store", manifest.subject->digest.str()));
  for (const Descriptor* blob : blobs_of(manifest)) {
    if (!TRY(has_blob(store, blob->digest, blob->size)))
      return fail(Code::NotFound, fmt::format("blob {} of {} bytes is not in the store",
                                              blob->digest.str(), blob->size));
  }
  return {};
}

Result<Referrer> read_file(const StoreContext& store, const os::Path& path) {
  const Digest digest = TRY(Digest::from_hex(path.filename().string()));
  const std::string json = TRY(os::read_file(store.fs, path, limits::kManifestBytesMax));
  if (Digest::of(bytes_of(json)) != digest) {
    return fail(Code::Corrupt, fmt::format("referrer {} does not match its digest", digest.str()),
                fmt::format("remove \"{}\" and make it anew", path.string()));
  }
  return parse_referrer(json);
}

}  // namespace

Result<Referrer> parse_referrer(std::string_view json) {
  ImageManifest manifest = TRY(ImageManifest::parse(json));
  if (manifest.media_type != media_type::kImageManifest || !manifest.subject ||
      manifest.layers.empty())
    return fail(Code::InvalidArgument, "referrer: expected OCI's form, a subject and a layer");
  return Referrer{Digest::of(bytes_of(json)), std::move(manifest), std::string(json)};
}

Result<void> check_portable(const Referrer& referrer) {
  for (const Descriptor* blob : blobs_of(referrer.manifest)) {
    if (blob->size <= limits::kReferrerBlobBytesMax) continue;
    return fail(
        Code::Exhausted,
        fmt::format("referrer {} has a blob of {} bytes, at most {} are brought along",
                    short_form(referrer.digest), blob->size, limits::kReferrerBlobBytesMax));
  }
  return {};
}

Result<Digest> put_referrer(const StoreContext& store, std::string_view json, Lease& lease) {
  const Referrer referrer = TRY(parse_referrer(json));
  const ImageManifest& manifest = referrer.manifest;
  const Digest& digest = referrer.digest;
  TRY(lease.protect(manifest.subject->digest));
  const StoreLock lock = TRY(lock_shared(store));
  TRY(expect_whole(store, manifest), "referrer");
  const os::Path path = store.layout.referrer(manifest.subject->digest, digest);
  if (read_file(store, path)) {
    TRY(sync_name(store, path));
    return digest;
  }
  TRY(sync_blobs(store, blobs_of(manifest)));
  TRY(put_file(store, path, bytes_of(json), 0444));
  return digest;
}

Result<void> remove_referrer(const StoreContext& store, const Digest& subject,
                             const Digest& referrer) {
  const StoreLock lock = TRY(lock_shared(store));
  TRY(store.fs.remove(store.layout.referrer(subject, referrer)));
  return store.fs.sync_folder(store.layout.referrers_of(subject));
}

Result<std::vector<Referrer>> read_referrers(const StoreContext& store, const Digest& subject) {
  std::vector<Referrer> out;
  for (const os::Path& path : TRY(list_referrer_files(store, subject)))
    out.push_back(TRY(read_file(store, path)));
  return out;
}

Result<std::vector<Digest>> list_subjects(const StoreContext& store) {
  std::vector<Digest> out;
  for (const std::string& name : TRY(list_folder(store, store.layout.referrers())))
    if (const auto digest = Digest::from_hex(name)) out.push_back(*digest);
  std::ranges::sort(out);
  return out;
}

Result<std::vector<os::Path>> list_referrer_files(const StoreContext& store,
                                                  const Digest& subject) {
  const os::Path folder = store.layout.referrers_of(subject);
  std::vector<os::Path> out;
  for (const std::string& name : TRY(list_folder(store, folder)))
    if (Digest::from_hex(name)) out.push_back(folder / name);
  std::ranges::sort(out);
  return out;
}

}  // namespace tegula::content

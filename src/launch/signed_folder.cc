#include "launch/signed_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "content/file_digest.h"

namespace tegula::launch {
namespace {

// A file to hash, by its name in the signature.
struct Found {
  std::string name;
  os::Path path;
};

class Walk {
 public:
  Walk(const os::FileSystem& files, const attest::ModelSignature& how) : files_(files), how_(how) {}

  Result<std::vector<Found>> files_of(const os::Path& folder) {
    TRY(enter(folder, "", 0));
    return std::move(found_);
  }

 private:
  Result<void> enter(const os::Path& folder, const std::string& prefix, std::size_t depth) {
    if (depth >= limits::kFilePathDepthMax)
      return fail(Code::Exhausted, fmt::format("\"{}\": folders in folders, at most {}",
                                               printable(prefix), limits::kFilePathDepthMax));
    for (const std::string& name : TRY(files_.list(folder))) {
      if (is_ignored(prefix + name)) continue;
      TRY(take(folder / name, prefix + name, depth));
    }
    return {};
  }

  Result<void> take(const os::Path& path, const std::string& name, std::size_t depth) {
    os::FileKind kind = TRY(files_.stat(path)).kind;
    if (kind == os::FileKind::Link) {
      if (!how_.allows_links)
        return fail(Code::Untrusted, fmt::format("\"{}\" is a link, and the signature allows none",
                                                 printable(name)));
      std::error_code error;
      const os::Path target = std::filesystem::canonical(path, error);
      if (error) return fail(Code::NotFound, fmt::format("\"{}\" leads nowhere", printable(name)));
      kind = TRY(files_.stat(target)).kind;
      if (kind == os::FileKind::Folder)
        return fail(Code::Unsupported, fmt::format("\"{}\" links to a folder", printable(name)));
    }
    if (kind == os::FileKind::Folder) return enter(path, name + "/", depth + 1);
    if (kind != os::FileKind::File)
      return fail(Code::Unsupported, fmt::format("\"{}\" is no file", printable(name)));
    if (found_.size() == limits::kModelResourcesMax)
      return fail(Code::Exhausted, fmt::format("more than {} files", limits::kModelResourcesMax));
    found_.push_back({name, path});
    return {};
  }

  // A path is ignored with everything in it.
  bool is_ignored(const std::string& name) const {
    return std::ranges::find(how_.ignored_paths, name) != how_.ignored_paths.end();
  }

  const os::FileSystem& files_;
  const attest::ModelSignature& how_;
  std::vector<Found> found_;
};

Result<void> hash_file(const Found& found, const os::FileSystem& files,
                       const attest::ModelSignature& how, Progress& progress, const Stop& stop,
                       std::vector<attest::ModelResource>& out) {
  const std::unique_ptr<os::File> file = TRY(files.open(found.path));
  const std::uint64_t size = TRY(file->stat()).size;
  progress.begin(fmt::format("hashing {}", printable(found.name)), size);
  if (how.method == attest::ModelSignature::Method::Files) {
    const content::Digest digest = TRY(content::digest_of_range(*file, 0, size, progress, stop));
    out.push_back({found.name, digest});
    return {};
  }
  for (std::uint64_t at = 0; at < size; at += *how.shard_size) {
    if (out.size() == limits::kModelResourcesMax)
      return fail(Code::Exhausted, fmt::format("more than {} shards", limits::kModelResourcesMax));
    const std::uint64_t end = at + std::min(*how.shard_size, size - at);
    const content::Digest digest = TRY(content::digest_of_range(*file, at, end, progress, stop));
    out.push_back({fmt::format("{}:{}:{}", found.name, at, end), digest});
    if (end == size) break;
  }
  return {};
}

std::unexpected<Error> differs(std::string_view name, std::string_view how) {
  return fail(Code::Corrupt, fmt::format("\"{}\" {}", printable(name), how));
}

}  // namespace

Result<std::vector<attest::ModelResource>> hash_folder(const os::FileSystem& files,
                                                       const os::Path& folder,
                                                       const attest::ModelSignature& how,
                                                       Progress& progress, const Stop& stop) {
  const std::vector<Found> found = TRY(Walk(files, how).files_of(folder));
  std::vector<attest::ModelResource> out;
  for (const Found& one : found)
    TRY(hash_file(one, files, how, progress, stop, out),
        fmt::format("\"{}\"", printable(one.name)));
  progress.end();
  std::ranges::sort(out, {}, &attest::ModelResource::name);
  return out;
}

Result<void> check_folder(const os::FileSystem& files, const os::Path& folder,
                          const attest::ModelSignature& signature, Progress& progress,
                          const Stop& stop) {
  const std::vector<attest::ModelResource> there =
      TRY(hash_folder(files, folder, signature, progress, stop));
  auto here = there.begin();
  for (const attest::ModelResource& wanted : signature.resources) {
    if (here == there.end() || here->name > wanted.name) return differs(wanted.name, "is missing");
    if (here->name < wanted.name) return differs(here->name, "was not signed");
    if (here->digest != wanted.digest) return differs(wanted.name, "is not what was signed");
    ++here;
  }
  if (here != there.end()) return differs(here->name, "was not signed");
  return {};
}

}  // namespace tegula::launch

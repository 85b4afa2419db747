#include "source/hugging_face.h"

#include <fmt/format.h>

#include "base/hex.h"
#include "source/model_folder.h"

namespace tegula::source {
namespace {

constexpr std::string_view kFolderPrefix = "models--";
constexpr std::string_view kSeparator = "--";
constexpr std::uint64_t kRefBytesMax = 256;

// "models--org--repo" → "org/repo"; empty if it is no such folder.
std::string repository_of(std::string_view folder) {
  if (!folder.starts_with(kFolderPrefix)) return {};
  const std::string_view rest = folder.substr(kFolderPrefix.size());
  const std::size_t at = rest.find(kSeparator);
  if (at == std::string_view::npos) return std::string(rest);
  return fmt::format("{}/{}", rest.substr(0, at), rest.substr(at + kSeparator.size()));
}

// The inverse of repository_of.
std::string folder_of(std::string_view repository) {
  std::string out(kFolderPrefix);
  for (const char c : repository) {
    if (c == '/') out += kSeparator;
    if (c != '/') out += c;
  }
  return out;
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && is_lower_hex(text);
}

// The commit that "main" means here, or the only one there is.
Result<std::string> current_commit(const os::FileSystem& fs, const os::Path& repository) {
  const auto main = os::read_file(fs, repository / "refs" / "main", kRefBytesMax);
  if (main) {
    const std::string commit = main->substr(0, main->find_last_not_of(" \r\n") + 1);
    if (!is_commit(commit)) return fail(Code::Corrupt, "refs/main does not name a commit");
    if (is_folder(repository / "snapshots" / commit)) return commit;
  }
  std::vector<std::string> commits = TRY(list_plain(fs, repository / "snapshots"));
  std::erase_if(commits, [](const std::string& name) { return !is_commit(name); });
  if (commits.size() == 1) return commits.front();
  if (commits.empty()) return fail(Code::NotFound, "nothing of it was downloaded");
  return fail(Code::NotFound, fmt::format("it has {} revisions and no current one", commits.size()),
              "download the model again, or give the path of the file");
}

Result<ModelFolder> folder_in(const os::FileSystem& fs, const os::Path& root,
                              std::string_view repository) {
  const os::Path path = root / folder_of(repository);
  if (!is_folder(path)) return fail(Code::NotFound, "it is not in the cache");
  const std::string commit = TRY(current_commit(fs, path));
  return ModelFolder{ForeignKind::HuggingFace, root, path / "snapshots" / commit,
                     fmt::format("hf/{}", repository), commit};
}

}  // namespace

Result<ForeignListing> list_hugging_face(const os::FileSystem& fs, const os::Path& root) {
  ForeignListing listing;
  for (const std::string& name : TRY(list_plain(fs, root))) {
    const std::string repository = repository_of(name);
    if (repository.empty() || plain_parts(repository).empty()) continue;
    const auto folder = folder_in(fs, root, repository);
    if (folder) add_entries(fs, *folder, listing);
    if (!folder && folder.error().code != Code::NotFound)
      listing.problems.push_back(Error(folder.error()).within("hf/" + repository));
  }
  return listing;
}

Result<ForeignModel> find_hugging_face(const os::FileSystem& fs, const os::Path& root,
                                       std::string_view path, std::string_view choice) {
  const std::size_t parts = plain_parts(path).size();
  if (parts == 0 || parts > 2 || path.find(kSeparator) != std::string_view::npos)
    return fail(Code::InvalidArgument, "expected hf/<org>/<repo>");
  return model_in(fs, TRY(folder_in(fs, root, path)), choice);
}

}  // namespace tegula::source

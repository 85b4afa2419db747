#include "source/lm_studio.h"

#include <fmt/format.h>

#include "source/model_folder.h"

namespace tegula::source {
namespace {

ModelFolder folder_in(const os::Path& root, std::string_view path) {
  return {ForeignKind::LmStudio, root, root / path, fmt::format("lmstudio/{}", path), {}};
}

}  // namespace

Result<ForeignListing> list_lm_studio(const os::FileSystem& fs, const os::Path& root) {
  ForeignListing listing;
  for (const std::string& publisher : TRY(list_plain(fs, root))) {
    const auto repositories = list_plain(fs, root / publisher);
    if (!repositories) {
      listing.problems.push_back(Error(repositories.error()).within("lmstudio/" + publisher));
      continue;
    }
    for (const std::string& repository : *repositories) {
      if (!is_folder(root / publisher / repository)) continue;
      add_entries(fs, folder_in(root, fmt::format("{}/{}", publisher, repository)), listing);
    }
  }
  return listing;
}

Result<ForeignModel> find_lm_studio(const os::FileSystem& fs, const os::Path& root,
                                    std::string_view path, std::string_view choice) {
  if (plain_parts(path).size() != 2)
    return fail(Code::InvalidArgument, "expected lmstudio/<publisher>/<repo>");
  if (!is_folder(root / path)) return fail(Code::NotFound, "it is not in the folder");
  return model_in(fs, folder_in(root, path), choice);
}

}  // namespace tegula::source

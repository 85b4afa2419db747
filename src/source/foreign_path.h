// Names and paths inside the folders of other programs. Inside of this folder only.
//
// Thread rule: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"

namespace tegula::source {

// A name that stays in its folder: UTF-8 without slashes, backslashes, control characters or a dot
// at the start.
bool is_plain_name(std::string_view name);

// Parts between slashes, each of them plain; empty if one is not.
std::vector<std::string_view> plain_parts(std::string_view path);

struct RealFile {
  os::Path path;  // absolute, without links
  std::uint64_t bytes = 0;
};

// Follows links; Corrupt if the file is outside of `root`, which is an existing folder.
Result<RealFile> file_inside(const os::FileSystem& fs, const os::Path& root, const os::Path& path);

// Plain names in the folder, sorted; none if it does not exist. Exhausted past a limit.
Result<std::vector<std::string>> list_plain(const os::FileSystem& fs, const os::Path& folder);

// Whether it exists and, links followed, is a folder.
bool is_folder(const os::Path& path);

}  // namespace tegula::source

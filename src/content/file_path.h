// The file path of a layer: where a Modelpack's file goes, relative to the folder it is put in.
//
// Forward slashes; no empty, "." or ".." component; nothing absolute; no backslash and no control
// character. So it stays below its folder on every platform (docs/reference/manifest.md).
//
// Thread rule: free functions over values. Errors: InvalidArgument, Exhausted past a limit.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace tegula::content {

Result<void> check_file_path(std::string_view path);

// Each path is well-formed, no two are equal, and none is the folder of another.
Result<void> check_file_paths(std::span<const std::string_view> paths);

// What follows the last slash.
std::string_view base_name(std::string_view path);

}  // namespace tegula::content

#include "content/file_path.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/utf8.h"

namespace tegula::content {
namespace {

std::unexpected<Error> refuse(std::string_view path, std::string_view why) {
  return fail(Code::InvalidArgument, fmt::format("file path \"{}\": {}", path, why));
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && c != '\\';
}

Result<void> check_component(std::string_view path, std::string_view component) {
  if (component.empty()) return refuse(path, "a component is empty");
  if (component == "." || component == "..")
    return refuse(path, "\".\" and \"..\" are not allowed");
  if (component.size() > limits::kFileNameBytesMax)
    return fail(Code::Exhausted, fmt::format("file path: a component of {} bytes; at most {} are "
                                             "allowed",
                                             component.size(), limits::kFileNameBytesMax));
  return {};
}

}  // namespace

Result<void> check_file_path(std::string_view path) {
  if (path.size() > limits::kFilePathBytesMax)
    return fail(Code::Exhausted, fmt::format("file path of {} bytes; at most {} are allowed",
                                             path.size(), limits::kFilePathBytesMax));
  if (!is_utf8(path) || !std::ranges::all_of(path, is_plain))
    return fail(Code::InvalidArgument,
                "file path: expected UTF-8 without control characters and backslashes");
  if (path.starts_with('/')) return refuse(path, "expected a relative path");
  std::size_t depth = 1;
  std::string_view rest = path;
  for (std::size_t slash; (slash = rest.find('/')) != rest.npos; rest.remove_prefix(slash + 1)) {
    TRY(check_component(path, rest.substr(0, slash)));
    ++depth;
  }
  TRY(check_component(path, rest));
  if (depth > limits::kFilePathDepthMax)
    return fail(Code::Exhausted, fmt::format("file path \"{}\": {} folders deep; at most {} are "
                                             "allowed",
                                             path, depth, limits::kFilePathDepthMax));
  return {};
}

Result<void> check_file_paths(std::span<const std::string_view> paths) {
  std::set<std::string_view> files;
  for (const std::string_view path : paths) {
    TRY(check_file_path(path));
    if (!files.insert(path).second) return refuse(path, "is there twice");
  }
  for (const std::string_view path : paths)
    for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
      if (files.contains(path.substr(0, slash)))
        return refuse(path, fmt::format("\"{}\" is a file and a folder", path.substr(0, slash)));
  return {};
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

}  // namespace tegula::content

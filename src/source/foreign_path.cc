#include "source/foreign_path.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace tegula::source {
namespace {

constexpr std::size_t kNameBytesMax = 255;

bool is_bad_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F || c == '/' || c == '\\';
}

std::string shown(const os::Path& path) { return printable(path.native(), 200); }

bool is_below(const os::Path& root, const os::Path& path) {
  const auto [in_root, in_path] = std::ranges::mismatch(root, path);
  return in_root == root.end() && in_path != path.end();
}

}  // namespace

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name[0] != '.' && is_utf8(name) &&
         std::ranges::none_of(name, is_bad_char);
}

std::vector<std::string_view> plain_parts(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    if (!is_plain_name(parts.back())) return {};
    start = end + 1;
  }
  return parts;
}

Result<RealFile> file_inside(const os::FileSystem& fs, const os::Path& root, const os::Path& path) {
  std::error_code error;
  const os::Path real_root = std::filesystem::canonical(root, error);
  if (error) return fail(Code::NotFound, fmt::format("\"{}\" cannot be read", shown(root)));
  const os::Path real = std::filesystem::canonical(path, error);
  if (error) {
    return fail(Code::NotFound, fmt::format("\"{}\": {}", shown(path), error.message()),
                "the other program has not finished its download, or removed the file");
  }
  if (!is_below(real_root, real)) {
    return fail(Code::Corrupt,
                fmt::format("\"{}\" is a link out of the folder \"{}\"", shown(path), shown(root)),
                fmt::format("give the file itself: {}", shown(real)));
  }
  const os::FileStat stat = TRY(fs.stat(real));
  if (stat.kind != os::FileKind::File)
    return fail(Code::Corrupt, fmt::format("\"{}\" is not a file", shown(path)));
  return RealFile{real, stat.size};
}

Result<std::vector<std::string>> list_plain(const os::FileSystem& fs, const os::Path& folder) {
  if (!is_folder(folder)) return std::vector<std::string>();
  std::vector<std::string> names = TRY(fs.list(folder));
  if (names.size() > limits::kForeignEntriesMax) {
    return fail(Code::Exhausted,
                fmt::format("\"{}\" has {} entries, at most {} are read", shown(folder),
                            names.size(), limits::kForeignEntriesMax));
  }
  std::erase_if(names, [](const std::string& name) { return !is_plain_name(name); });
  return names;
}

bool is_folder(const os::Path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace tegula::source

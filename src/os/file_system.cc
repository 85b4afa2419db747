#include "os/file_system.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::os {
namespace {

constexpr std::string_view kTemporaryPrefix = ".tegula-tmp-";
constexpr int kTemporariesMax = 10'000;
constexpr std::size_t kReadStep = 64 * 1024;

struct Temporary {
  Path path;
  std::unique_ptr<File> file;
};

// The first free name. Others may be taken by writers at work, or left by one that was killed.
Result<Temporary> create_temporary(FileSystem& fs, const Path& folder, std::uint32_t mode) {
  for (int number = 0; number < kTemporariesMax; ++number) {
    Path path = folder / fmt::format("{}{}", kTemporaryPrefix, number);
    auto file = fs.create(path, mode);
    if (file) return Temporary{std::move(path), std::move(*file)};
    if (file.error().code != Code::AlreadyExists) return std::unexpected(std::move(file.error()));
  }
  return fail(
      Code::Exhausted,
      fmt::format("\"{}\" holds more than {} unfinished files", folder.native(), kTemporariesMax),
      fmt::format("remove {}* there", kTemporaryPrefix));
}

Result<void> fill(Temporary& temporary, ByteView bytes) {
  TRY(temporary.file->append(bytes));
  return temporary.file->sync();
}

Path folder_of(const Path& path) {
  Path parent = path.parent_path();
  return parent.empty() ? Path(".") : parent;
}

// Follows links, which a folder's path may well have in it.
Result<bool> is_folder(const FileSystem& fs, const Path& path) {
  const auto stat = fs.stat(path / ".");
  if (stat) return stat->kind == FileKind::Folder;
  const Code code = stat.error().code;
  if (code == Code::NotFound || code == Code::InvalidArgument) return false;
  return std::unexpected(stat.error());
}

}  // namespace

bool is_temporary_name(std::string_view name) { return name.starts_with(kTemporaryPrefix); }

Result<std::string> read_file(const FileSystem& fs, const Path& path, std::uint64_t bytes_max) {
  const auto file = TRY(fs.open(path));
  const std::uint64_t size = TRY(file->stat()).size;
  std::string text;
  // The size is a guess: files under /proc say 0, and others may grow meanwhile.
  for (std::size_t want = static_cast<std::size_t>(std::min(size, bytes_max)) + 1;;
       want = std::max<std::size_t>(want, kReadStep)) {
    const std::size_t before = text.size();
    text.resize(before + want);
    const std::span<char> tail = std::span(text).subspan(before);
    const std::size_t got =
        TRY(file->read_at(before, {reinterpret_cast<std::uint8_t*>(tail.data()), tail.size()}));
    text.resize(before + got);
    if (text.size() > bytes_max || (size > bytes_max && got < want))
      return fail(Code::Exhausted, fmt::format("\"{}\" is larger than the {} bytes allowed",
                                               path.native(), bytes_max));
    if (got < want) return text;
  }
}

Result<void> write_durably(FileSystem& fs, const Path& path, ByteView bytes, std::uint32_t mode) {
  const Path folder = folder_of(path);
  Temporary temporary = TRY(create_temporary(fs, folder, mode));
  auto written = fill(temporary, bytes);
  temporary.file.reset();
  if (written) written = fs.rename(temporary.path, path);
  if (!written) {
    // What failed is the news; the temporary is garbage either way.
    static_cast<void>(fs.remove(temporary.path));
    return written;
  }
  return fs.sync_folder(folder);
}

Result<void> make_folders(FileSystem& fs, const Path& path, std::uint32_t mode) {
  if (path.empty() || TRY(is_folder(fs, path))) return {};
  const Path parent = folder_of(path);
  if (parent != path && parent != ".") TRY(make_folders(fs, parent, mode));
  const auto made = fs.make_folder(path, mode);
  if (!made) {
    if (made.error().code != Code::AlreadyExists || !TRY(is_folder(fs, path))) return made;
  }
  return fs.sync_folder(parent);
}

Result<void> remove_tree(FileSystem& fs, const Path& path) {
  const auto stat = fs.stat(path);
  if (!stat) {
    if (stat.error().code == Code::NotFound) return {};
    return std::unexpected(stat.error());
  }
  if (stat->kind == FileKind::Folder)
    for (const std::string& name : TRY(fs.list(path))) TRY(remove_tree(fs, path / name));
  return fs.remove(path);
}

Result<bool> exists(const FileSystem& fs, const Path& path) {
  const auto stat = fs.stat(path);
  if (stat) return true;
  if (stat.error().code == Code::NotFound) return false;
  return std::unexpected(stat.error());
}

}  // namespace tegula::os

#include "os/secret_file.h"

#include <fmt/format.h>

namespace tegula::os {
namespace {

constexpr std::uint32_t kMode = 0600;
constexpr std::uint32_t kOthers = 0077;

}  // namespace

Result<void> create_secret(FileSystem& fs, const Path& path, ByteView secret) {
  if (TRY(exists(fs, path)))
    return fail(Code::AlreadyExists,
                fmt::format("there is a secret in \"{}\" already", path.native()));
  return write_durably(fs, path, secret, kMode);
}

Result<std::string> read_secret(const FileSystem& fs, const Path& path, std::size_t bytes_max) {
  const FileStat stat = TRY(fs.stat(path));
  if (stat.kind != FileKind::File)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not a file", path.native()));
  if ((stat.mode & kOthers) != 0)
    return fail(
        Code::PermissionDenied,
        fmt::format("others may read the secret in \"{}\" (mode {:04o})", path.native(), stat.mode),
        "chmod 600, and think about who may have read it");
  return read_file(fs, path, bytes_max);
}

}  // namespace tegula::os

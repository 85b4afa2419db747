#include "os/errno.h"

#include <cerrno>

#include <fmt/format.h>

#include "os/descriptor.h"

namespace tegula::os {
namespace {

struct Meaning {
  int error;
  Code code;
  const char* text;
  const char* hint;
};

// EWOULDBLOCK is EAGAIN and ENOTSUP is EOPNOTSUPP on Linux.
constexpr Meaning kMeanings[] = {
    {ENOENT, Code::NotFound, "no such file or folder", ""},
    {EEXIST, Code::AlreadyExists, "it exists already", ""},
    {ENOTEMPTY, Code::AlreadyExists, "the folder is not empty", ""},
    {EACCES, Code::PermissionDenied, "permission denied",
     "check who owns it and its permission bits (ls -ld)"},
    {EPERM, Code::PermissionDenied, "the operating system does not permit it",
     "check who owns it and its attributes (ls -ld, lsattr -d)"},
    {EROFS, Code::PermissionDenied, "the disk is read-only",
     "mount it writable, or set TEGULA_HOME to a folder on another disk"},
    {ENOSPC, Code::DiskFull, "no space left on the disk",
     "free some space (tegula store gc), or set TEGULA_HOME to a folder on another disk"},
    {EDQUOT, Code::DiskFull, "the disk quota is used up",
     "free some space (tegula store gc), or ask for a larger quota"},
    {EMFILE, Code::Exhausted, "too many open files in this process", "raise the limit (ulimit -n)"},
    {ENFILE, Code::Exhausted, "too many open files on this machine", ""},
    {EMLINK, Code::Exhausted, "the file has too many hard links", ""},
    {EFBIG, Code::Exhausted, "the file is larger than the file system allows", ""},
    {ENOMEM, Code::Exhausted, "out of memory", ""},
    {ELOOP, Code::InvalidArgument, "it is a symbolic link, or its links go in a circle", ""},
    {ENOTDIR, Code::InvalidArgument, "a part of the path is not a folder", ""},
    {EISDIR, Code::InvalidArgument, "it is a folder", ""},
    {ENAMETOOLONG, Code::InvalidArgument, "the name is too long", ""},
    {EINVAL, Code::InvalidArgument, "the operating system does not accept it", ""},
    {EXDEV, Code::Unsupported, "it is on another disk", ""},
    {EOPNOTSUPP, Code::Unsupported, "the file system cannot do it", ""},
    {ENOTTY, Code::Unsupported, "the file system cannot do it", ""},
    {ENOSYS, Code::Unsupported, "the operating system cannot do it", ""},
    {EAGAIN, Code::Unavailable, "it is in use", ""},
    {EBUSY, Code::Unavailable, "it is in use", ""},
    {ETXTBSY, Code::Unavailable, "it is being run", ""},
    {EIO, Code::Unavailable, "the disk reports an input/output error",
     "the disk may be failing; see the system log (dmesg)"},
    {ESTALE, Code::Unavailable, "the network file system lost it", "try again"},
};

const Meaning* find(int error) {
  for (const Meaning& meaning : kMeanings)
    if (meaning.error == error) return &meaning;
  return nullptr;
}

}  // namespace

Code code_of_errno(int error) {
  const Meaning* meaning = find(error);
  return meaning == nullptr ? Code::Unavailable : meaning->code;
}

std::string errno_text(int error) {
  const Meaning* meaning = find(error);
  if (meaning != nullptr) return meaning->text;
  return "system error " + errno_name(error);
}

std::unexpected<Error> fail_errno(int error, std::string_view action,
                                  const std::filesystem::path& path) {
  const Meaning* meaning = find(error);
  return fail(code_of_errno(error),
              fmt::format("cannot {} \"{}\": {}", action, path.native(), errno_text(error)),
              meaning == nullptr ? "" : meaning->hint);
}

}  // namespace tegula::os

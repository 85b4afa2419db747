#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "os/descriptor.h"
#include "os/errno.h"
#include "os/file_system.h"
#include "os/reflink.h"

namespace tegula::os {
namespace {

// Signals must not look like disk errors.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

Descriptor open_descriptor(const Path& path, int flags, std::uint32_t mode = 0) {
  return Descriptor(
      retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode); }));
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::File;
  if (S_ISDIR(mode)) return FileKind::Folder;
  if (S_ISLNK(mode)) return FileKind::Link;
  return FileKind::Other;
}

FileStat convert(const struct stat& raw) {
  FileStat out;
  out.kind = kind_of(raw.st_mode);
  out.size = static_cast<std::uint64_t>(raw.st_size);
  out.mode = raw.st_mode & 07777;
  out.owner = raw.st_uid;
  out.device = raw.st_dev;
  out.inode = raw.st_ino;
  out.links = raw.st_nlink;
  out.modified_ns = nanoseconds(raw.st_mtim);
  out.changed_ns = nanoseconds(raw.st_ctim);
  return out;
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, Path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = retry([&] {
        return ::pread(fd_.get(), into.data() + done, into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return fail_errno(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> append(ByteView bytes) override {
    if (::lseek(fd_.get(), 0, SEEK_END) < 0) return fail_errno(errno, "write to", path_);
    while (!bytes.empty()) {
      const ssize_t put = retry([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
      if (put < 0) return fail_errno(errno, "write to", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = retry([&] {
        return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (put < 0) return fail_errno(errno, "write to", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      offset += static_cast<std::size_t>(put);
    }
    return {};
  }

  Result<void> sync() override {
    if (retry([&] { return ::fsync(fd_.get()); }) != 0) return fail_errno(errno, "sync", path_);
    return {};
  }

  Result<FileStat> stat() const override {
    struct stat raw;
    if (::fstat(fd_.get(), &raw) != 0) return fail_errno(errno, "inspect", path_);
    return convert(raw);
  }

  int descriptor() const override { return fd_.get(); }

 private:
  Descriptor fd_;
  Path path_;
};

// Closing the descriptor lets go of the lock; the lock file stays, since removing it would let two
// processes hold "the" lock on two files.
class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Locking for writing on a network file system needs a writable descriptor; locking a store one may
// only read must work too.
Descriptor open_lock_file(const Path& path) {
  Descriptor fd = open_descriptor(path, O_RDWR | O_CREAT, 0644);
  const int error = errno;
  if (fd.is_open() || (error != EACCES && error != EROFS)) return fd;
  Descriptor readable = open_descriptor(path, O_RDONLY);
  if (!readable.is_open()) errno = error;  // why it could not be made
  return readable;
}

Result<std::unique_ptr<File>> open_file(const Path& path, int flags) {
  // Without O_NONBLOCK, opening a pipe would wait for somebody at its other end.
  Descriptor fd = open_descriptor(path, flags | O_NONBLOCK);
  if (!fd.is_open()) return fail_errno(errno, "open", path);
  auto file = std::make_unique<PosixFile>(std::move(fd), path);
  const FileStat stat = TRY(file->stat());
  if (stat.kind == FileKind::Folder) return fail_errno(EISDIR, "open", path);
  if (stat.kind != FileKind::File)
    return fail(Code::InvalidArgument, "cannot open \"" + path.native() + "\": it is not a file");
  return file;
}

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const Path& path) const {
  return open_file(path, O_RDONLY);
}

Result<std::unique_ptr<File>> PosixFileSystem::open_to_write(const Path& path) {
  return open_file(path, O_RDWR);
}

Result<std::unique_ptr<File>> PosixFileSystem::create(const Path& path, std::uint32_t mode) {
  Descriptor fd = open_descriptor(path, O_RDWR | O_CREAT | O_EXCL, mode);
  if (!fd.is_open()) return fail_errno(errno, "create", path);
  return std::make_unique<PosixFile>(std::move(fd), path);
}

Result<FileStat> PosixFileSystem::stat(const Path& path) const {
  struct stat raw;
  if (::lstat(path.c_str(), &raw) != 0) return fail_errno(errno, "inspect", path);
  return convert(raw);
}

Result<void> PosixFileSystem::make_folder(const Path& path, std::uint32_t mode) {
  if (::mkdir(path.c_str(), mode) != 0) return fail_errno(errno, "make the folder", path);
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const Path& folder) const {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return fail_errno(errno, "list", folder);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return fail_errno(errno, "list", folder);
  std::ranges::sort(names);
  return names;
}

Result<void> PosixFileSystem::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_errno(errno, "rename \"" + from.native() + "\" to", to);
}

Result<void> PosixFileSystem::link(const Path& from, const Path& to) {
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) == 0) return {};
  return fail_errno(errno, "link \"" + from.native() + "\" to", to);
}

Result<void> PosixFileSystem::remove(const Path& path) {
  if (::remove(path.c_str()) != 0) return fail_errno(errno, "remove", path);
  return {};
}

Result<void> PosixFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  if (::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, "change the permissions of", path);
  return {};
}

Result<void> PosixFileSystem::sync_folder(const Path& folder) {
  const Descriptor fd = open_descriptor(folder, O_RDONLY | O_DIRECTORY);
  if (!fd.is_open()) return fail_errno(errno, "sync", folder);
  if (retry([&] { return ::fsync(fd.get()); }) != 0) return fail_errno(errno, "sync", folder);
  return {};
}

Result<void> PosixFileSystem::reflink(const File& from, const Path& to, std::uint32_t mode) {
  const Descriptor fd = open_descriptor(to, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!fd.is_open()) return fail_errno(errno, "create", to);
  const int error = share_blocks(from.descriptor(), fd.get());
  if (error == 0) return {};
  ::unlink(to.c_str());
  return fail_errno(error, "reflink to", to);
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(const Path& path, LockMode mode,
                                                        bool wait) {
  Descriptor fd = open_lock_file(path);
  if (!fd.is_open()) return fail_errno(errno, "open the lock", path);
  const int how = (mode == LockMode::Shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
  if (retry([&] { return ::flock(fd.get(), how); }) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, "lock", path);
    return fail(Code::Unavailable, "\"" + path.native() + "\" is locked by another process",
                "wait until it is done, or stop it");
  }
  return std::make_unique<PosixLock>(std::move(fd));
}

Result<std::uint64_t> PosixFileSystem::free_bytes(const Path& path) const {
  struct statvfs raw;
  if (retry([&] { return ::statvfs(path.c_str(), &raw); }) != 0)
    return fail_errno(errno, "inspect the disk of", path);
  return static_cast<std::uint64_t>(raw.f_bavail) * raw.f_frsize;
}

}  // namespace tegula::os

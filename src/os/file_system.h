// The file system, behind an interface so that tests can record, cut short and fail it.
//
// Every durable change follows one protocol: write to a temporary, File::sync, rename (or link),
// sync_folder, only then say yes. write_durably() does it for small files.
//
// Errors: NotFound, AlreadyExists, PermissionDenied (also a read-only disk), DiskFull, Exhausted
// (too many open files), Unsupported (another disk, no reflinks), Unavailable (anything else the
// disk says); the whole table is in errno.cc. Each names the path.
// Thread rule: a FileSystem is thread-safe; a File belongs to one thread at a time, read_at and
// write_at apart.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula::os {

using Path = std::filesystem::path;

enum class FileKind { File, Folder, Link, Other };

struct FileStat {
  FileKind kind = FileKind::Other;
  std::uint64_t size = 0;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t owner = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::int64_t modified_ns = 0;  // mtime, since 1970
  std::int64_t changed_ns = 0;   // ctime, since 1970
};

// An open file; closed by its destructor.
class File {
 public:
  virtual ~File() = default;

  // Fills `into` from `offset` on; fewer bytes only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;

  // Adds at the end. All or an error; after an error the tail is unspecified.
  virtual Result<void> append(ByteView bytes) = 0;

  // Replaces what is at `offset`, growing the file as needed; a gap reads as zeros. All or an
  // error; after an error these bytes are unspecified. Writers of different ranges may be on
  // different threads.
  virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;

  // Data and size are on disk when this returns.
  virtual Result<void> sync() = 0;

  virtual Result<FileStat> stat() const = 0;

  // The descriptor, for mapping and for handing to a child. Still owned by the File.
  virtual int descriptor() const = 0;
};

// Held until destroyed. Locks are between processes and between FileLocks of one process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class LockMode { Shared, Exclusive };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const Path& path) const = 0;  // for reading

  // A new, empty file; AlreadyExists if there is one. The process's umask applies to every mode but
  // set_mode's.
  virtual Result<std::unique_ptr<File>> create(const Path& path, std::uint32_t mode) = 0;

  // A file that is there, for reading and writing.
  virtual Result<std::unique_ptr<File>> open_to_write(const Path& path) = 0;

  virtual Result<FileStat> stat(const Path& path) const = 0;  // does not follow a final link
  virtual Result<void> make_folder(const Path& path, std::uint32_t mode) = 0;

  // Names in the folder, sorted; without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& folder) const = 0;

  // Replaces `to`. Where both are links to one file already, both stay (POSIX).
  virtual Result<void> rename(const Path& from, const Path& to) = 0;

  virtual Result<void> link(const Path& from, const Path& to) = 0;  // hard link
  virtual Result<void> remove(const Path& path) = 0;                // file or empty folder
  virtual Result<void> set_mode(const Path& path, std::uint32_t mode) = 0;

  // Names created, renamed or removed in the folder are on disk when this returns.
  virtual Result<void> sync_folder(const Path& folder) = 0;

  // A new file that shares its blocks with `from` until either changes (FICLONE);
  // Unsupported where the file system cannot.
  virtual Result<void> reflink(const File& from, const Path& to, std::uint32_t mode) = 0;

  // Creates the lock file if needed. With `wait` false, Unavailable if somebody holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const Path& path, LockMode mode, bool wait) = 0;

  virtual Result<std::uint64_t> free_bytes(const Path& path) const = 0;
};

// The real one.
class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const Path& path) const override;
  Result<std::unique_ptr<File>> create(const Path& path, std::uint32_t mode) override;
  Result<std::unique_ptr<File>> open_to_write(const Path& path) override;
  Result<FileStat> stat(const Path& path) const override;
  Result<void> make_folder(const Path& path, std::uint32_t mode) override;
  Result<std::vector<std::string>> list(const Path& folder) const override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> link(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> set_mode(const Path& path, std::uint32_t mode) override;
  Result<void> sync_folder(const Path& folder) override;
  Result<void> reflink(const File& from, const Path& to, std::uint32_t mode) override;
  Result<std::unique_ptr<FileLock>> lock(const Path& path, LockMode mode, bool wait) override;
  Result<std::uint64_t> free_bytes(const Path& path) const override;
};

// --- on top of the interface ---

// A whole file of at most `bytes_max`; Exhausted if it is larger.
Result<std::string> read_file(const FileSystem& fs, const Path& path, std::uint64_t bytes_max);

// Replaces or creates `path` so that after any crash it holds the old or the new bytes, and after
// success the new ones. Needs a folder that exists.
Result<void> write_durably(FileSystem& fs, const Path& path, ByteView bytes,
                           std::uint32_t mode = 0644);

// Whether a file of this name was left by a write_durably that was killed: garbage, unless a writer
// is at work in its folder.
bool is_temporary_name(std::string_view name);

// `mkdir -p`, each new folder synced into its parent. Folders that exist count as synced.
Result<void> make_folders(FileSystem& fs, const Path& path, std::uint32_t mode = 0755);

// Whatever is at `path`, links themselves and not what they name; nothing there is fine.
Result<void> remove_tree(FileSystem& fs, const Path& path);

Result<bool> exists(const FileSystem& fs, const Path& path);

}  // namespace tegula::os

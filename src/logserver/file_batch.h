// Many files of one folder made durable together, so that a log syncs once for many clients.
//
// All are written before the first is synced, and synced by a few threads side by side, which lets
// the disk take them in one go; each folder is synced once. Files replace those of the same name.
// After a crash in the midst, each file is the old or the new one.
//
// Errors: what the file system says; then some files may be there and some not. Thread rule: one
// thread at a time; the file system must be thread-safe.
#pragma once

#include <set>
#include <span>
#include <string>

#include "base/bytes.h"
#include "os/file_system.h"

namespace tegula::logserver {

struct NewFile {
  std::string path;  // below the folder
  Bytes bytes;

  bool operator==(const NewFile&) const = default;
};

class FileBatch {
 public:
  // `temporaries` is on the same disk and nobody else's. What a kill left there is removed.
  static Result<FileBatch> open(os::FileSystem& fs, os::Path folder, os::Path temporaries);

  Result<void> write(std::span<const NewFile> files);

 private:
  FileBatch(os::FileSystem& fs, os::Path folder, os::Path temporaries)
      : fs_(&fs), folder_(std::move(folder)), temporaries_(std::move(temporaries)) {}

  os::Path temporary(std::size_t number) const;
  Result<void> write_temporaries(std::span<const NewFile> files);
  Result<void> name_files(std::span<const NewFile> files);
  Result<void> make_folder(const os::Path& folder);

  os::FileSystem* fs_;
  os::Path folder_, temporaries_;

  // Folders whose names are on disk. One that is merely there may have been left by a kill before
  // its parent was synced.
  std::set<os::Path> durable_;
};

}  // namespace tegula::logserver

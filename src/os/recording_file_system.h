// For tests: does what another FileSystem does and records every change to one folder.
//
//   RecordingFileSystem fs(posix, folder);
//   work(fs);                                  // with fs.mark("built x") where it says "done"
//   for every n: materialise(first n of fs.record(), …), open what is there, check its marks
//
// What lies in the folder at first is recorded as made and synced. Paths outside are passed on and
// not recorded, but bytes that come in by link or reflink are. Failed calls change nothing.
//
// Thread rule: thread-safe; the record has the order in which things were done.
#pragma once

#include <mutex>
#include <optional>

#include "os/disk_model.h"
#include "os/file_system.h"
#include "os/operation.h"

namespace tegula::os {

class RecordingFileSystem final : public FileSystem {
 public:
  // Both must outlive it. CHECKs that the folder can be read.
  RecordingFileSystem(FileSystem& inner, Path folder);

  // A copy of all so far. The first setup_count() only build what was there before.
  Record record() const;
  std::size_t setup_count() const { return setup_count_; }

  // Puts an acknowledgement into the record: from here on, this must survive.
  void mark(std::string text);

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

 private:
  class RecordingFile;

  std::optional<Path> inside(const Path& path) const;
  void add(Operation operation) const;
  std::unique_ptr<File> recorded(std::unique_ptr<File> file, const Path& path) const;
  void record_tree(const Path& path);
  void record_file(const Path& path, std::uint32_t mode, std::string bytes);

  FileSystem& inner_;
  const Path folder_;
  std::size_t setup_count_ = 0;

  // Held while a call is done and noted, so that the record's order is the true one. Mutable since
  // a file that was opened for reading may still be synced.
  mutable std::mutex mutex_;
  mutable Record record_;
  mutable DiskModel disk_;
};

}  // namespace tegula::os

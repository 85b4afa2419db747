// For tests: does what another FileSystem does until the n-th change, which fails.
//
// Thread rule: thread-safe.
#pragma once

#include <atomic>

#include "os/file_system.h"

namespace tegula::os {

struct Fault {
  std::size_t at = 0;  // which change fails, counted from 0
  Code code = Code::DiskFull;

  // Whether later changes fail as well. A disk that stays full still lets files be removed, renamed
  // and locked; any other code means that nothing can be changed any more.
  bool lasting = false;

  // If the change writes bytes, half of them are written.
  bool short_append = false;
};

class FaultyFileSystem final : public FileSystem {
 public:
  // `inner` must outlive it.
  FaultyFileSystem(FileSystem& inner, const Fault& fault) : inner_(inner), fault_(fault) {}

  // Changes tried so far. A run without a fault says how many there are to fail.
  std::size_t changes() const { return changes_; }

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
  class FaultyFile;
  enum class Needs { Space, NoSpace };

  Result<void> count(Needs needs, std::string_view action) const;

  FileSystem& inner_;
  const Fault fault_;
  mutable std::atomic<std::size_t> changes_ = 0;
};

}  // namespace tegula::os

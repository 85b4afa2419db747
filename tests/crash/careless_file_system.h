// For tests: does what another FileSystem does, and leaves out the syncs it was told to.
//
// Without both it is a disk that must only be quick, since a DiskModel knows what was synced. Above
// a RecordingFileSystem it is a store that forgot to sync, which a crash test has to notice.
//
// Thread rule: thread-safe.
#pragma once

#include "os/file_system.h"

namespace tegula::crash {

struct Care {
  bool syncs_files = true;
  bool syncs_folders = true;
  bool clones = false;  // reflinks are made by copying, so that every disk has them
};

inline constexpr Care kQuick{.syncs_files = false, .syncs_folders = false};
inline constexpr Care kQuickWithClones{
    .syncs_files = false, .syncs_folders = false, .clones = true};

class CarelessFileSystem final : public os::FileSystem {
 public:
  // `inner` must outlive it.
  CarelessFileSystem(os::FileSystem& inner, const Care& care) : inner_(inner), care_(care) {}

  Result<std::unique_ptr<os::File>> open(const os::Path& path) const override;
  Result<std::unique_ptr<os::File>> create(const os::Path& path, std::uint32_t mode) override;
  Result<std::unique_ptr<os::File>> open_to_write(const os::Path& path) override;
  Result<os::FileStat> stat(const os::Path& path) const override { return inner_.stat(path); }
  Result<void> make_folder(const os::Path& path, std::uint32_t mode) override {
    return inner_.make_folder(path, mode);
  }
  Result<std::vector<std::string>> list(const os::Path& folder) const override {
    return inner_.list(folder);
  }
  Result<void> rename(const os::Path& from, const os::Path& to) override {
    return inner_.rename(from, to);
  }
  Result<void> link(const os::Path& from, const os::Path& to) override {
    return inner_.link(from, to);
  }
  Result<void> remove(const os::Path& path) override { return inner_.remove(path); }
  Result<void> set_mode(const os::Path& path, std::uint32_t mode) override {
    return inner_.set_mode(path, mode);
  }
  Result<void> sync_folder(const os::Path& folder) override;
  Result<void> reflink(const os::File& from, const os::Path& to, std::uint32_t mode) override;
  Result<std::unique_ptr<os::FileLock>> lock(const os::Path& path, os::LockMode mode,
                                             bool wait) override {
    return inner_.lock(path, mode, wait);
  }
  Result<std::uint64_t> free_bytes(const os::Path& path) const override {
    return inner_.free_bytes(path);
  }

 private:
  class CarelessFile;

  os::FileSystem& inner_;
  const Care care_;
};

}  // namespace tegula::crash

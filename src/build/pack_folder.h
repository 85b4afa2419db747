// Layers of the store as a folder that can only be read, for readers of folders. A file is verified
// whenever it is opened, so what is read is what the layer's digest says.
//
// Paths are the layers' own, relative. Thread rule: thread-safe.
#pragma once

#include <vector>

#include "build/context.h"
#include "content/descriptor.h"

namespace tegula::build {

class PackFolder final : public os::FileSystem {
 public:
  PackFolder(std::vector<content::Descriptor> layers, const BuildContext& context)
      : layers_(std::move(layers)), context_(context) {}

  Result<std::unique_ptr<os::File>> open(const os::Path& path) const override;
  Result<os::FileStat> stat(const os::Path& path) const override;
  Result<std::vector<std::string>> list(const os::Path& folder) const override;

  // All of these: PermissionDenied.
  Result<std::unique_ptr<os::File>> create(const os::Path& path, std::uint32_t mode) override;
  Result<std::unique_ptr<os::File>> open_to_write(const os::Path& path) override;
  Result<void> make_folder(const os::Path& path, std::uint32_t mode) override;
  Result<void> rename(const os::Path& from, const os::Path& to) override;
  Result<void> link(const os::Path& from, const os::Path& to) override;
  Result<void> remove(const os::Path& path) override;
  Result<void> set_mode(const os::Path& path, std::uint32_t mode) override;
  Result<void> sync_folder(const os::Path& folder) override;
  Result<void> reflink(const os::File& from, const os::Path& to, std::uint32_t mode) override;
  Result<std::unique_ptr<os::FileLock>> lock(const os::Path& path, os::LockMode mode,
                                             bool wait) override;
  Result<std::uint64_t> free_bytes(const os::Path& path) const override;

 private:
  Result<const content::Descriptor*> find(const os::Path& path) const;

  const std::vector<content::Descriptor> layers_;
  const BuildContext& context_;
};

}  // namespace tegula::build

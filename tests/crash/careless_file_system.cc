#include "careless_file_system.h"

#include <utility>

namespace tegula::crash {

class CarelessFileSystem::CarelessFile final : public os::File {
 public:
  CarelessFile(std::unique_ptr<os::File> inner, bool syncs)
      : inner_(std::move(inner)), syncs_(syncs) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return inner_->read_at(offset, into);
  }
  Result<void> append(ByteView bytes) override { return inner_->append(bytes); }
  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    return inner_->write_at(offset, bytes);
  }
  Result<void> sync() override { return syncs_ ? inner_->sync() : Result<void>(); }
  Result<os::FileStat> stat() const override { return inner_->stat(); }
  int descriptor() const override { return inner_->descriptor(); }

 private:
  const std::unique_ptr<os::File> inner_;
  const bool syncs_;
};

Result<std::unique_ptr<os::File>> CarelessFileSystem::open(const os::Path& path) const {
  return std::make_unique<CarelessFile>(TRY(inner_.open(path)), care_.syncs_files);
}

Result<std::unique_ptr<os::File>> CarelessFileSystem::create(const os::Path& path,
                                                             std::uint32_t mode) {
  return std::make_unique<CarelessFile>(TRY(inner_.create(path, mode)), care_.syncs_files);
}

Result<std::unique_ptr<os::File>> CarelessFileSystem::open_to_write(const os::Path& path) {
  return std::make_unique<CarelessFile>(TRY(inner_.open_to_write(path)), care_.syncs_files);
}

Result<void> CarelessFileSystem::sync_folder(const os::Path& folder) {
  return care_.syncs_folders ? inner_.sync_folder(folder) : Result<void>();
}

Result<void> CarelessFileSystem::reflink(const os::File& from, const os::Path& to,
                                         std::uint32_t mode) {
  if (!care_.clones) return inner_.reflink(from, to, mode);
  Bytes bytes(TRY(from.stat()).size);
  bytes.resize(TRY(from.read_at(0, bytes)));
  const auto clone = TRY(inner_.create(to, mode));
  return clone->append(bytes);
}

}  // namespace tegula::crash

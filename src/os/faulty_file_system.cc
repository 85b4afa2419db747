#include "os/faulty_file_system.h"

#include <utility>

#include <fmt/format.h>

namespace tegula::os {

Result<void> FaultyFileSystem::count(Needs needs, std::string_view action) const {
  const std::size_t change = changes_++;
  const bool spared = fault_.code == Code::DiskFull && needs == Needs::NoSpace;
  const bool later = fault_.lasting && change > fault_.at && !spared;
  if (change != fault_.at && !later) return {};
  return fail(fault_.code, fmt::format("cannot {}: change {} was told to fail", action, change),
              "a hint of the disk");
}

class FaultyFileSystem::FaultyFile final : public File {
 public:
  FaultyFile(const FaultyFileSystem& owner, std::unique_ptr<File> inner)
      : owner_(owner), inner_(std::move(inner)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return inner_->read_at(offset, into);
  }

  Result<void> append(ByteView bytes) override {
    const auto allowed = owner_.count(Needs::Space, "write");
    if (allowed) return inner_->append(bytes);
    if (owner_.fault_.short_append) TRY(inner_->append(bytes.first(bytes.size() / 2)));
    return allowed;
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    const auto allowed = owner_.count(Needs::Space, "write");
    if (allowed) return inner_->write_at(offset, bytes);
    if (owner_.fault_.short_append) TRY(inner_->write_at(offset, bytes.first(bytes.size() / 2)));
    return allowed;
  }

  Result<void> sync() override {
    TRY(owner_.count(Needs::Space, "sync"));
    return inner_->sync();
  }

  Result<FileStat> stat() const override { return inner_->stat(); }
  int descriptor() const override { return inner_->descriptor(); }

 private:
  const FaultyFileSystem& owner_;
  const std::unique_ptr<File> inner_;
};

Result<std::unique_ptr<File>> FaultyFileSystem::open(const Path& path) const {
  return std::make_unique<FaultyFile>(*this, TRY(inner_.open(path)));
}

Result<std::unique_ptr<File>> FaultyFileSystem::create(const Path& path, std::uint32_t mode) {
  TRY(count(Needs::Space, "create"));
  return std::make_unique<FaultyFile>(*this, TRY(inner_.create(path, mode)));
}

// Opening changes nothing; what is written then counts.
Result<std::unique_ptr<File>> FaultyFileSystem::open_to_write(const Path& path) {
  return std::make_unique<FaultyFile>(*this, TRY(inner_.open_to_write(path)));
}

Result<void> FaultyFileSystem::make_folder(const Path& path, std::uint32_t mode) {
  TRY(count(Needs::Space, "make a folder"));
  return inner_.make_folder(path, mode);
}

Result<void> FaultyFileSystem::rename(const Path& from, const Path& to) {
  TRY(count(Needs::NoSpace, "rename"));
  return inner_.rename(from, to);
}

Result<void> FaultyFileSystem::link(const Path& from, const Path& to) {
  TRY(count(Needs::Space, "link"));
  return inner_.link(from, to);
}

Result<void> FaultyFileSystem::remove(const Path& path) {
  TRY(count(Needs::NoSpace, "remove"));
  return inner_.remove(path);
}

Result<void> FaultyFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  TRY(count(Needs::NoSpace, "change permissions"));
  return inner_.set_mode(path, mode);
}

Result<void> FaultyFileSystem::sync_folder(const Path& folder) {
  TRY(count(Needs::NoSpace, "sync a folder"));
  return inner_.sync_folder(folder);
}

Result<void> FaultyFileSystem::reflink(const File& from, const Path& to, std::uint32_t mode) {
  TRY(count(Needs::Space, "reflink"));
  return inner_.reflink(from, to, mode);
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const Path& path, LockMode mode,
                                                         bool wait) {
  return inner_.lock(path, mode, wait);
}

Result<FileStat> FaultyFileSystem::stat(const Path& path) const { return inner_.stat(path); }

Result<std::vector<std::string>> FaultyFileSystem::list(const Path& folder) const {
  return inner_.list(folder);
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(const Path& path) const {
  return inner_.free_bytes(path);
}

}  // namespace tegula::os

#include "os/recording_file_system.h"

#include <limits>
#include <utility>

#include "base/check.h"

namespace tegula::os {
namespace {

using Kind = Operation::Kind;

std::string all_bytes(const File& file) {
  std::string out(static_cast<std::size_t>(file.stat().value().size), '\0');
  const auto got = file.read_at(0, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  CHECK(got && *got == out.size());
  return out;
}

}  // namespace

class RecordingFileSystem::RecordingFile final : public File {
 public:
  RecordingFile(const RecordingFileSystem& owner, std::unique_ptr<File> inner, Path path,
                std::uint64_t id)
      : owner_(owner), inner_(std::move(inner)), path_(std::move(path)), id_(id) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return inner_->read_at(offset, into);
  }

  Result<void> append(ByteView bytes) override {
    const std::lock_guard lock(owner_.mutex_);
    TRY(inner_->append(bytes));
    owner_.add(
        {.kind = Kind::Append, .path = path_, .file = id_, .bytes = std::string(text_of(bytes))});
    return {};
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    const std::lock_guard lock(owner_.mutex_);
    TRY(inner_->write_at(offset, bytes));
    owner_.add({.kind = Kind::WriteAt,
                .path = path_,
                .file = id_,
                .offset = offset,
                .bytes = std::string(text_of(bytes))});
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(owner_.mutex_);
    TRY(inner_->sync());
    owner_.add({.kind = Kind::Sync, .path = path_, .file = id_});
    return {};
  }

  Result<FileStat> stat() const override { return inner_->stat(); }
  int descriptor() const override { return inner_->descriptor(); }

 private:
  const RecordingFileSystem& owner_;
  const std::unique_ptr<File> inner_;
  const Path path_;
  const std::uint64_t id_;
};

RecordingFileSystem::RecordingFileSystem(FileSystem& inner, Path folder)
    : inner_(inner), folder_(std::filesystem::absolute(folder).lexically_normal()) {
  record_tree(".");
  setup_count_ = record_.size();
}

Record RecordingFileSystem::record() const {
  const std::lock_guard lock(mutex_);
  return record_;
}

void RecordingFileSystem::mark(std::string text) {
  const std::lock_guard lock(mutex_);
  add({.kind = Kind::Mark, .bytes = std::move(text)});
}

// The path relative to the folder, if it lies in it.
std::optional<Path> RecordingFileSystem::inside(const Path& path) const {
  Path relative = std::filesystem::absolute(path).lexically_normal().lexically_relative(folder_);
  if (!relative.has_filename()) relative = relative.parent_path();
  if (relative.empty() || *relative.begin() == "..") return std::nullopt;
  return relative;
}

void RecordingFileSystem::add(Operation operation) const {
  disk_.apply(operation);
  record_.push_back(std::move(operation));
}

void RecordingFileSystem::record_file(const Path& path, std::uint32_t mode, std::string bytes) {
  const std::uint64_t id = disk_.next_file();
  add({.kind = Kind::Create, .path = path, .file = id, .mode = mode});
  if (!bytes.empty())
    add({.kind = Kind::Append, .path = path, .file = id, .bytes = std::move(bytes)});
  add({.kind = Kind::Sync, .path = path, .file = id});
}

void RecordingFileSystem::record_tree(const Path& path) {
  const auto names = inner_.list(folder_ / path);
  CHECK(names);
  for (const std::string& name : *names) {
    const Path below = path == "." ? Path(name) : path / name;
    const auto stat = inner_.stat(folder_ / below);
    CHECK(stat);
    if (stat->kind == FileKind::Folder) {
      add({.kind = Kind::MakeFolder, .path = below, .mode = stat->mode});
      record_tree(below);
    } else {
      const auto file = inner_.open(folder_ / below);
      CHECK(file);
      record_file(below, stat->mode, all_bytes(**file));
    }
  }
  add({.kind = Kind::SyncFolder, .path = path});
}

Result<std::unique_ptr<File>> RecordingFileSystem::open(const Path& path) const {
  const std::lock_guard lock(mutex_);
  return recorded(TRY(inner_.open(path)), path);
}

Result<std::unique_ptr<File>> RecordingFileSystem::open_to_write(const Path& path) {
  const std::lock_guard lock(mutex_);
  return recorded(TRY(inner_.open_to_write(path)), path);
}

std::unique_ptr<File> RecordingFileSystem::recorded(std::unique_ptr<File> file,
                                                    const Path& path) const {
  const auto relative = inside(path);
  const auto id = relative ? disk_.find(*relative) : std::nullopt;
  if (!id) return file;
  return std::make_unique<RecordingFile>(*this, std::move(file), *relative, *id);
}

Result<std::unique_ptr<File>> RecordingFileSystem::create(const Path& path, std::uint32_t mode) {
  const std::lock_guard lock(mutex_);
  auto file = TRY(inner_.create(path, mode));
  const auto relative = inside(path);
  if (!relative) return file;
  const std::uint64_t id = disk_.next_file();
  add({.kind = Kind::Create, .path = *relative, .file = id, .mode = mode});
  return std::make_unique<RecordingFile>(*this, std::move(file), *relative, id);
}

Result<void> RecordingFileSystem::make_folder(const Path& path, std::uint32_t mode) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.make_folder(path, mode));
  if (const auto relative = inside(path))
    add({.kind = Kind::MakeFolder, .path = *relative, .mode = mode});
  return {};
}

Result<void> RecordingFileSystem::rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  const auto old_name = inside(from);
  const auto new_name = inside(to);
  CHECK(old_name.has_value() == new_name.has_value());
  TRY(inner_.rename(from, to));
  if (old_name) add({.kind = Kind::Rename, .path = *old_name, .to = *new_name});
  return {};
}

Result<void> RecordingFileSystem::link(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.link(from, to));
  const auto new_name = inside(to);
  if (!new_name) return {};
  if (const auto old_name = inside(from)) {
    add({.kind = Kind::Link, .path = *old_name, .to = *new_name});
  } else {
    const auto file = TRY(inner_.open(to));
    const FileStat stat = TRY(file->stat());
    add({.kind = Kind::Link,
         .path = from,
         .to = *new_name,
         .file = disk_.next_file(),
         .mode = stat.mode,
         .bytes = all_bytes(*file)});
  }
  return {};
}

Result<void> RecordingFileSystem::remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.remove(path));
  if (const auto relative = inside(path)) add({.kind = Kind::Remove, .path = *relative});
  return {};
}

Result<void> RecordingFileSystem::set_mode(const Path& path, std::uint32_t mode) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.set_mode(path, mode));
  if (const auto relative = inside(path))
    add({.kind = Kind::SetMode, .path = *relative, .mode = mode});
  return {};
}

Result<void> RecordingFileSystem::sync_folder(const Path& folder) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.sync_folder(folder));
  if (const auto relative = inside(folder)) add({.kind = Kind::SyncFolder, .path = *relative});
  return {};
}

Result<void> RecordingFileSystem::reflink(const File& from, const Path& to, std::uint32_t mode) {
  const std::lock_guard lock(mutex_);
  TRY(inner_.reflink(from, to, mode));
  if (const auto relative = inside(to))
    add({.kind = Kind::Reflink,
         .path = *relative,
         .file = disk_.next_file(),
         .mode = mode,
         .bytes = all_bytes(from)});
  return {};
}

Result<std::unique_ptr<FileLock>> RecordingFileSystem::lock(const Path& path, LockMode mode,
                                                            bool wait) {
  // Not under our mutex: who holds the lock may need us to let go of it.
  auto held = TRY(inner_.lock(path, mode, wait));
  const std::lock_guard lock(mutex_);
  const auto relative = inside(path);
  if (relative && !disk_.find(*relative))
    add({.kind = Kind::Create, .path = *relative, .file = disk_.next_file(), .mode = 0644});
  return held;
}

Result<FileStat> RecordingFileSystem::stat(const Path& path) const { return inner_.stat(path); }

Result<std::vector<std::string>> RecordingFileSystem::list(const Path& folder) const {
  return inner_.list(folder);
}

Result<std::uint64_t> RecordingFileSystem::free_bytes(const Path& path) const {
  return inner_.free_bytes(path);
}

}  // namespace tegula::os

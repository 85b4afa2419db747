#include "logserver/file_batch.h"

#include <utility>

#include <fmt/format.h>

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kFileMode = 0644;
constexpr std::uint32_t kFolderMode = 0755;

Result<std::unique_ptr<os::File>> create_anew(os::FileSystem& fs, const os::Path& path) {
  auto file = fs.create(path, kFileMode);
  if (file || file.error().code != Code::AlreadyExists) return file;
  TRY(fs.remove(path));  // of a batch that failed
  return fs.create(path, kFileMode);
}

}  // namespace

Result<FileBatch> FileBatch::open(os::FileSystem& fs, os::Path folder, os::Path temporaries) {
  TRY(os::make_folders(fs, temporaries));
  for (const std::string& name : TRY(fs.list(temporaries))) TRY(fs.remove(temporaries / name));
  return FileBatch(fs, std::move(folder), std::move(temporaries));
}

os::Path FileBatch::temporary(std::size_t number) const {
  return temporaries_ / fmt::to_string(number);
}

Result<void> FileBatch::write(std::span<const NewFile> files) {
  for (const NewFile& file : files) TRY(make_folder((folder_ / file.path).parent_path()));
  auto written = write_temporaries(files);
  if (written) return name_files(files);
  // What failed is the news; the temporaries are garbage either way.
  for (std::size_t i = 0; i < files.size(); ++i) static_cast<void>(fs_->remove(temporary(i)));
  return written;
}

Result<void> FileBatch::write_temporaries(std::span<const NewFile> files) {
  std::vector<std::unique_ptr<os::File>> open;
  for (std::size_t i = 0; i < files.size(); ++i) {
    open.push_back(TRY(create_anew(*fs_, temporary(i))));
    TRY(open.back()->append(files[i].bytes));
  }
  for (const auto& file : open) TRY(file->sync());
  return {};
}

Result<void> FileBatch::name_files(std::span<const NewFile> files) {
  std::set<os::Path> folders;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const os::Path path = folder_ / files[i].path;
    TRY(fs_->rename(temporary(i), path));
    folders.insert(path.parent_path());
  }
  for (const os::Path& folder : folders) TRY(fs_->sync_folder(folder));
  return {};
}

Result<void> FileBatch::make_folder(const os::Path& folder) {
  if (durable_.contains(folder)) return {};
  const os::Path parent = folder.parent_path();
  if (folder != folder_) TRY(make_folder(parent));
  const auto made = fs_->make_folder(folder, kFolderMode);
  if (!made && made.error().code != Code::AlreadyExists) return made;
  TRY(fs_->sync_folder(parent));
  durable_.insert(folder);
  return {};
}

}  // namespace tegula::logserver

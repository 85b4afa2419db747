#include "logserver/file_batch.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kFileMode = 0644;
constexpr std::uint32_t kFolderMode = 0755;
constexpr std::size_t kSyncThreads = 4;

Result<std::unique_ptr<os::File>> create_anew(os::FileSystem& fs, const os::Path& path) {
  auto file = fs.create(path, kFileMode);
  if (file || file.error().code != Code::AlreadyExists) return file;
  TRY(fs.remove(path));  // of a batch that failed
  return fs.create(path, kFileMode);
}

// Side by side: the disk then writes its journal once for many files, not once for each.
Result<void> sync_all(std::span<const std::unique_ptr<os::File>> files) {
  std::atomic<std::size_t> next = 0;
  std::vector<Result<void>> results(std::min(files.size(), kSyncThreads));
  std::vector<std::thread> threads;
  for (Result<void>& result : results)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < files.size(); i = next++)
        if (auto synced = files[i]->sync(); !synced) result = std::move(synced);
    });
  for (std::thread& thread : threads) thread.join();
  for (Result<void>& result : results) TRY(std::move(result));
  return {};
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
  return sync_all(open);
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

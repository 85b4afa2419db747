// Where what is made goes before it is stored: files and folders among a lease's uploads.
//
// Errors: those of the file system. Thread rule: belongs to one thread.
#pragma once

#include <memory>
#include <string_view>

#include "content/lease.h"
#include "os/file_system.h"
#include "tensor/safetensors_conversion.h"

namespace tegula::build {

// A file, written in order.
class UploadSink final : public tensor::ByteSink {
 public:
  static Result<std::unique_ptr<UploadSink>> create(content::Lease& lease, os::FileSystem& files);

  Result<void> append(ByteView bytes) override { return file_->append(bytes); }
  const os::Path& path() const { return path_; }

 private:
  UploadSink(os::Path path, std::unique_ptr<os::File> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  const os::Path path_;
  const std::unique_ptr<os::File> file_;
};

// A folder of files, one after the other.
class UploadFolder final : public tensor::FolderSink {
 public:
  static Result<std::unique_ptr<UploadFolder>> create(content::Lease& lease, os::FileSystem& files);

  Result<void> begin(std::string_view name) override;
  Result<void> append(ByteView bytes) override { return file_->append(bytes); }
  Result<void> end() override;
  const os::Path& path() const { return path_; }

 private:
  UploadFolder(os::Path path, os::FileSystem& files) : path_(std::move(path)), files_(files) {}

  const os::Path path_;
  os::FileSystem& files_;
  std::unique_ptr<os::File> file_;
};

}  // namespace tegula::build

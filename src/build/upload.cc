#include "build/upload.h"

namespace tegula::build {

Result<std::unique_ptr<UploadSink>> UploadSink::create(content::Lease& lease,
                                                       os::FileSystem& files) {
  os::Path path = TRY(lease.new_upload());
  std::unique_ptr<os::File> file = TRY(files.create(path, 0644));
  return std::unique_ptr<UploadSink>(new UploadSink(std::move(path), std::move(file)));
}

Result<std::unique_ptr<UploadFolder>> UploadFolder::create(content::Lease& lease,
                                                           os::FileSystem& files) {
  os::Path path = TRY(lease.new_upload());
  TRY(os::make_folders(files, path));
  return std::unique_ptr<UploadFolder>(new UploadFolder(std::move(path), files));
}

Result<void> UploadFolder::begin(std::string_view name) {
  file_ = TRY(files_.create(path_ / name, 0644));
  return {};
}

Result<void> UploadFolder::end() {
  file_.reset();
  return {};
}

}  // namespace tegula::build

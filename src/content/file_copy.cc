#include "content/file_copy.h"

#include "base/limits.h"

namespace tegula::content {
namespace {

constexpr std::size_t kCopyBytes = limits::kMiB;

// A file that has its final name only when all of it is on the disk.
class NewFile {
 public:
  NewFile(os::FileSystem& fs, os::Path target)
      : fs_(fs), target_(std::move(target)), path_(target_.native() + ".part") {}
  ~NewFile() {
    if (!kept_) static_cast<void>(fs_.remove(path_));
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Result<void> copy(const os::File& from, Progress& progress, const Stop& stop) {
    static_cast<void>(fs_.remove(path_));  // of somebody who was killed
    TRY(copy_file(fs_, from, path_, progress, stop));
    TRY(TRY(fs_.open(path_))->sync());
    TRY(fs_.rename(path_, target_));
    kept_ = true;
    return {};
  }

 private:
  os::FileSystem& fs_;
  const os::Path target_;
  const os::Path path_;
  bool kept_ = false;
};

}  // namespace

Result<void> copy_file(os::FileSystem& fs, const os::File& from, const os::Path& to,
                       Progress& progress, const Stop& stop) {
  if (fs.reflink(from, to, 0644)) return {};
  const auto file = TRY(fs.create(to, 0644));
  Bytes buffer(kCopyBytes);
  for (std::uint64_t offset = 0;;) {
    TRY(stop.check());
    const std::size_t got = TRY(from.read_at(offset, buffer));
    TRY(file->append(ByteView(buffer).first(got)));
    progress.advance(got);
    offset += got;
    if (got < buffer.size()) return {};
  }
}

Result<void> copy_durably(os::FileSystem& fs, const os::File& from, const os::Path& to,
                          Progress& progress, const Stop& stop) {
  return NewFile(fs, to).copy(from, progress, stop);
}

}  // namespace tegula::content

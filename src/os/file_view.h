// Bytes of an open file where the kernel keeps them, without a copy: a hasher needs no more.
//
// A view is a short cut, never the only way. map() gives nothing where there is none. Where the
// disk fails, or somebody cuts the file off meanwhile, the view shows zeros from then on and
// is_whole() says so; the caller then reads the bytes and learns why.
//
// Thread rule: a view belongs to the thread that made it, and a thread has at most one.
#pragma once

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "os/file_system.h"

namespace tegula::os {

class FileView {
 public:
  // `offset` must be a multiple of 64 KiB. Nothing if the file has fewer bytes, or if this system
  // or this file has no such thing.
  static std::optional<FileView> map(const File& file, std::uint64_t offset, std::size_t size);

  FileView(FileView&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  FileView& operator=(FileView&&) = delete;
  ~FileView();

  ByteView bytes() const { return bytes_; }

  // Whether everything seen so far were the file's own bytes.
  bool is_whole() const;

 private:
  explicit FileView(ByteView bytes) : bytes_(bytes) {}
  ByteView bytes_;
};

}  // namespace tegula::os

// Where a reader of this folder gets its bytes: a file, or memory.
//
// Errors: those of os::File::read_at.
// Thread rule: read_at and size are thread-safe; the source must outlive the reader's call only.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "os/file_system.h"

namespace tegula::tensor {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const = 0;

  // Fills `into` from `offset` on; fewer bytes only at the end.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  ByteView bytes_;
};

// Borrows the file. The size is the one at open().
class FileSource final : public ByteSource {
 public:
  static Result<FileSource> open(const os::File& file);
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  FileSource(const os::File& file, std::uint64_t size) : file_(&file), size_(size) {}
  const os::File* file_;
  std::uint64_t size_;
};

}  // namespace tegula::tensor

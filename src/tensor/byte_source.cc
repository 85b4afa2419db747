#include "tensor/byte_source.h"

#include <algorithm>

namespace tegula::tensor {

Result<std::size_t> MemorySource::read_at(std::uint64_t offset,
                                          std::span<std::uint8_t> into) const {
  if (offset >= bytes_.size()) return std::size_t{0};
  const ByteView from = bytes_.subspan(offset, std::min(into.size(), bytes_.size() - offset));
  std::ranges::copy(from, into.begin());
  return from.size();
}

Result<FileSource> FileSource::open(const os::File& file) {
  return FileSource(file, TRY(file.stat()).size);
}

Result<std::size_t> FileSource::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
  return file_->read_at(offset, into);
}

}  // namespace tegula::tensor

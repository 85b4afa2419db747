#include "tensor/window.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace tegula::tensor {
namespace {

// Reading the most metadata there is takes as long as with more, and touching fresh memory costs.
constexpr std::uint64_t kBufferBytes = 32 * 1024;

template <class T>
T load(ByteView bytes) {
  CHECK(bytes.size() >= sizeof(T));
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace

std::uint32_t load_u32(ByteView bytes) { return load<std::uint32_t>(bytes); }
std::uint64_t load_u64(ByteView bytes) { return load<std::uint64_t>(bytes); }

Window::Window(const ByteSource& source, std::uint64_t offset, std::uint64_t bytes_max)
    : source_(source), size_(source.size()), bytes_max_(bytes_max), start_(offset) {
  CHECK(offset <= size_);
}

Result<void> Window::need(std::uint64_t count) const {
  if (count > remaining()) {
    return fail(
        Code::Corrupt,
        fmt::format("needs {} bytes at byte {}, but the file has {} bytes", count, offset(), size_),
        std::string(kCutShortHint));
  }
  if (offset() + count > bytes_max_)
    return fail(Code::Unsupported, fmt::format("the metadata is larger than {} bytes", bytes_max_));
  return {};
}

Result<void> Window::fill(std::uint64_t count) {
  const std::uint64_t start = offset();
  const std::size_t kept = filled_ - used_;
  const std::size_t want = std::min(std::max(count, kBufferBytes), size_ - start);
  if (buffer_.size() < want) buffer_.resize(want);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), kept, buffer_.begin());
  const std::span<std::uint8_t> into = std::span(buffer_).subspan(kept, want - kept);
  const std::size_t got = TRY(source_.read_at(start + kept, into));
  if (got != into.size()) return fail(Code::Corrupt, "the file became shorter while it was read");
  start_ = start;
  used_ = 0;
  filled_ = want;
  return {};
}

Result<ByteView> Window::take(std::uint64_t count) {
  TRY(need(count));
  if (filled_ - used_ < count) TRY(fill(count));
  const ByteView bytes = ByteView(buffer_).subspan(used_, count);
  used_ += count;
  return bytes;
}

Result<void> Window::skip(std::uint64_t count) {
  TRY(need(count));
  if (count <= filled_ - used_) {
    used_ += count;
  } else {
    start_ = offset() + count;
    used_ = filled_ = 0;
  }
  return {};
}

Result<std::uint32_t> Window::u32() { return load_u32(TRY(take(4))); }

Result<std::uint64_t> Window::u64() { return load_u64(TRY(take(8))); }

}  // namespace tegula::tensor

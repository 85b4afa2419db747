#include "content/hash_stream.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/limits.h"

namespace tegula::content {
namespace {

constexpr std::size_t kBufferBytes = limits::kMiB;
constexpr std::size_t kBuffers = 4;
constexpr std::size_t kReaders = 2;

// A ring of buffers that one thread fills and kReaders threads read, each at its own pace.
//
// mutex_ guards the counters; a buffer belongs to the writer from acquire() to publish(), and to
// the readers until the last of them has released it, so its bytes need no lock.
class FanOut {
 public:
  FanOut() {
    for (Bytes& buffer : buffers_) buffer.resize(kBufferBytes);
  }

  std::span<std::uint8_t> acquire() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return published_ - *std::ranges::min_element(released_) < kBuffers; });
    return buffers_[published_ % kBuffers];
  }

  void publish(std::size_t size) {
    const std::lock_guard lock(mutex_);
    sizes_[published_++ % kBuffers] = size;
    changed_.notify_all();
  }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // Nothing after the last.
  std::optional<ByteView> next(std::size_t reader) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return released_[reader] < published_ || ended_; });
    if (released_[reader] == published_) return std::nullopt;
    const std::size_t slot = released_[reader] % kBuffers;
    return ByteView(buffers_[slot]).first(sizes_[slot]);
  }

  void release(std::size_t reader) {
    const std::lock_guard lock(mutex_);
    ++released_[reader];
    changed_.notify_all();
  }

 private:
  std::array<Bytes, kBuffers> buffers_;
  std::array<std::size_t, kBuffers> sizes_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t published_ = 0;
  std::array<std::uint64_t, kReaders> released_{};
  bool ended_ = false;
};

Result<void> fill(FanOut& ring, const ReadNext& read, Progress& progress, const Stop& stop) {
  for (std::uint64_t total = 0;;) {
    TRY(stop.check());
    const std::span<std::uint8_t> buffer = ring.acquire();
    const std::size_t got = TRY(read(buffer));
    total += got;
    if (total > limits::kBlobBytesMax)
      return fail(Code::Exhausted, "the file is larger than a blob may be");
    if (got > 0) ring.publish(got);
    progress.advance(got);
    if (got < buffer.size()) return {};
  }
}

template <class Update>
std::thread start_reader(FanOut& ring, std::size_t reader, Update update) {
  return std::thread([&ring, reader, update] {
    while (const std::optional<ByteView> bytes = ring.next(reader)) {
      update(*bytes);
      ring.release(reader);
    }
  });
}

}  // namespace

Result<HashedBlob> hash_stream(const ReadNext& read, Progress& progress, const Stop& stop) {
  FanOut ring;
  crypto::Sha256 flat;
  TreeBuilder tree;
  std::thread flat_thread = start_reader(ring, 0, [&](ByteView bytes) { flat.update(bytes); });
  std::thread tree_thread = start_reader(ring, 1, [&](ByteView bytes) { tree.update(bytes); });
  const Result<void> filled = fill(ring, read, progress, stop);
  ring.end();
  flat_thread.join();
  tree_thread.join();
  if (!filled) return std::unexpected(filled.error());
  return HashedBlob{Digest(flat.finish()), tree.finish()};
}

Result<HashedBlob> hash_file(const os::File& file, Progress& progress, const Stop& stop) {
  std::uint64_t offset = 0;
  return hash_stream(
      [&](std::span<std::uint8_t> into) -> Result<std::size_t> {
        const std::size_t got = TRY(file.read_at(offset, into));
        offset += got;
        return got;
      },
      progress, stop);
}

HashedBlob hash_bytes(ByteView bytes) { return {Digest::of(bytes), tree_of(bytes)}; }

}  // namespace tegula::content

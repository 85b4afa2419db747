#include "content/prefix_hasher.h"

#include <algorithm>

#include "base/limits.h"
#include "os/page_cache.h"

namespace tegula::content {
namespace {

// Large enough for the disk to write in one go.
constexpr std::uint64_t kWriteBytes = 16 * limits::kMiB;

}  // namespace

PrefixHasher::PrefixHasher(const os::File& file) : file_(file), thread_([this] { follow(); }) {}

PrefixHasher::~PrefixHasher() { end(true); }

void PrefixHasher::grow(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  ready_ = std::max(ready_, bytes);
  changed_.notify_one();
}

Result<Digest> PrefixHasher::finish() {
  end(false);
  TRY(std::move(read_));
  return Digest(sha_.finish());
}

void PrefixHasher::end(bool give_up) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    gave_up_ = give_up;
    changed_.notify_one();
  }
  thread_.join();
}

void PrefixHasher::follow() {
  Bytes buffer(limits::kTreePieceBytes);
  for (std::uint64_t done = 0;;) {
    std::uint64_t ready = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ready_ > done || ended_; });
      if (gave_up_ || ready_ == done) return;
      ready = ready_;
    }
    const std::span<std::uint8_t> into =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), ready - done));
    const Result<std::size_t> got = file_.read_at(done, into);
    if (!got || *got != into.size()) {
      read_ = got ? fail(Code::Corrupt, "the file ends too early") : std::unexpected(got.error());
      return;
    }
    sha_.update(into);
    done += *got;
    if (done % kWriteBytes == 0) os::start_writing(file_, done - kWriteBytes, kWriteBytes);
  }
}

}  // namespace tegula::content

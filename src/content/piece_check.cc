#include "content/piece_check.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/limits.h"

namespace tegula::content {
namespace {

// Small enough to stay in a core's own cache between reading and hashing.
constexpr std::size_t kReadBytes = 128 * limits::kKiB;

// One piece of a blob, or a whole blob that has no tree.
struct Work {
  std::size_t blob;
  std::uint64_t piece;
};

std::vector<Work> list_work(const std::vector<BlobToCheck>& blobs) {
  std::vector<Work> out;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const std::uint64_t count = blobs[i].tree ? blobs[i].tree->pieces.size() : 1;
    for (std::uint64_t piece = 0; piece < count; ++piece) out.push_back({i, piece});
  }
  return out;
}

// Feeds `size` bytes from `offset` on to `update`; false if the file ends before.
template <class Update>
Result<bool> feed(const BlobToCheck& blob, std::uint64_t offset, std::uint64_t size, Bytes& buffer,
                  Progress& progress, const Stop& stop, Update update) {
  while (size > 0) {
    TRY(stop.check());
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer.size()));
    const std::size_t got = TRY(blob.file->read_at(offset, std::span(buffer).first(want)));
    update(ByteView(buffer).first(got));
    progress.advance(got);
    if (got < want) return false;
    offset += got;
    size -= got;
  }
  return true;
}

class Checker {
 public:
  Checker(const std::vector<BlobToCheck>& blobs, Progress& progress, const Stop& stop)
      : blobs_(blobs),
        work_(list_work(blobs)),
        progress_(progress),
        stop_(stop),
        results_(blobs.size()) {}

  Result<std::vector<CheckedBlob>> run() {
    const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1,
                                                      std::max<std::size_t>(work_.size(), 1));
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { take_work(); });
    take_work();
    for (std::thread& thread : threads) thread.join();
    TRY(stop_.check());
    for (CheckedBlob& blob : results_) std::ranges::sort(blob.bad_pieces);
    return std::move(results_);
  }

 private:
  void take_work() {
    Bytes buffer(kReadBytes);
    PieceHasher hasher;
    for (std::size_t i; (i = next_++) < work_.size();) {
      const Work& work = work_[i];
      const Result<bool> good =
          blobs_[work.blob].tree ? check_piece(work, buffer, hasher) : check_whole(work, buffer);
      if (!stop_.check()) return;
      if (!good || !*good) note(work, good);
    }
  }

  Result<bool> check_piece(const Work& work, Bytes& buffer, PieceHasher& hasher) const {
    const BlobToCheck& blob = blobs_[work.blob];
    const Result<bool> whole =
        feed(blob, work.piece * limits::kTreePieceBytes, piece_size(blob.size, work.piece), buffer,
             progress_, stop_, [&](ByteView bytes) { hasher.update(bytes); });
    const crypto::Hash256 hash = hasher.finish(blob.size);
    if (!whole) return whole;
    return *whole && hash == blob.tree->pieces[work.piece];
  }

  Result<bool> check_whole(const Work& work, Bytes& buffer) const {
    const BlobToCheck& blob = blobs_[work.blob];
    crypto::Sha256 flat;
    const bool whole = TRY(feed(blob, 0, blob.size, buffer, progress_, stop_,
                                [&](ByteView bytes) { flat.update(bytes); }));
    return whole && Digest(flat.finish()) == blob.digest;
  }

  void note(const Work& work, const Result<bool>& good) {
    const std::lock_guard lock(mutex_);
    CheckedBlob& result = results_[work.blob];
    result.is_bad = true;
    if (!good) result.unreadable = good.error();
    if (good && blobs_[work.blob].tree) result.bad_pieces.push_back(work.piece);
  }

  const std::vector<BlobToCheck>& blobs_;
  const std::vector<Work> work_;
  Progress& progress_;
  const Stop& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // guards results_ while threads run
  std::vector<CheckedBlob> results_;
};

}  // namespace

Result<std::vector<CheckedBlob>> check_blobs(const std::vector<BlobToCheck>& blobs,
                                             Progress& progress, const Stop& stop) {
  return Checker(blobs, progress, stop).run();
}

}  // namespace tegula::content

#include "content/piece_check.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/limits.h"
#include "os/file_view.h"
#include "os/page_cache.h"

namespace tegula::content {
namespace {

// Small enough to stay in a core's own cache between reading and hashing, and a block of the tree
// for each of sixteen lanes.
constexpr std::size_t kReadBytes = 16 * limits::kTreeBlockBytes;

// So many pieces are taken at once: mapping them costs as much as mapping one.
constexpr std::uint64_t kRunPieces = 8;

// A run of pieces of a blob, or a whole blob that has no tree.
struct Work {
  std::size_t blob;
  std::uint64_t piece;  // the first
  std::uint64_t count;
};

std::vector<Work> list_work(const std::vector<BlobToCheck>& blobs) {
  std::vector<Work> out;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const std::uint64_t count = blobs[i].tree ? blobs[i].tree->pieces.size() : 1;
    for (std::uint64_t piece = 0; piece < count; piece += kRunPieces)
      out.push_back({i, piece, std::min(kRunPieces, count - piece)});
  }
  return out;
}

std::uint64_t offset_of(const Work& work) { return work.piece * limits::kTreePieceBytes; }

std::uint64_t size_of(const Work& work, const BlobToCheck& blob) {
  return std::min(work.count * limits::kTreePieceBytes, blob.size - offset_of(work));
}

// Tries both ways to get at the bytes, then keeps to the one that took less time a byte. One
// thread's own.
class Way {
 public:
  bool maps() const { return tries_ < kTries ? tries_ % 2 == 0 : mapped_ <= read_; }

  void took(std::chrono::nanoseconds time, std::uint64_t bytes) {
    if (tries_ >= kTries) return;
    double& of_this = tries_++ % 2 == 0 ? mapped_ : read_;
    of_this += static_cast<double>(time.count()) / static_cast<double>(bytes);
  }

 private:
  static constexpr int kTries = 4;  // the first of each warms up what the second finds

  int tries_ = 0;
  double mapped_ = 0, read_ = 0;  // nanoseconds a byte, summed
};

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
  Checker(const std::vector<BlobToCheck>& blobs, const Clock& clock, Progress& progress,
          const Stop& stop)
      : blobs_(blobs),
        work_(list_work(blobs)),
        clock_(clock),
        progress_(progress),
        stop_(stop),
        results_(blobs.size()) {}

  Result<std::vector<CheckedBlob>> run() {
    const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1,
                                                      std::max<std::size_t>(work_.size(), 1));
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([=, this] { take_work(count); });
    take_work(count);
    for (std::thread& thread : threads) thread.join();
    TRY(stop_.check());
    for (CheckedBlob& blob : results_) std::ranges::sort(blob.bad_pieces);
    return std::move(results_);
  }

 private:
  // `ahead` runs later is about what this thread takes next: the disk may begin with it.
  void take_work(std::size_t ahead) {
    Bytes buffer(kReadBytes);
    PieceHasher hasher;
    Way way;
    for (std::size_t i; (i = next_++) < work_.size();) {
      if (i + ahead < work_.size()) expect(work_[i + ahead]);
      if (blobs_[work_[i].blob].tree)
        check_run(work_[i], way, buffer, hasher);
      else
        note(work_[i].blob, 0, check_whole(blobs_[work_[i].blob], buffer));
      if (!stop_.check()) return;
    }
  }

  void expect(const Work& work) const {
    const BlobToCheck& blob = blobs_[work.blob];
    if (blob.tree) os::expect_reading(*blob.file, offset_of(work), size_of(work, blob));
  }

  void check_run(const Work& work, Way& way, Bytes& buffer, PieceHasher& hasher) {
    const MonotonicTime began = clock_.monotonic();
    check_pieces(work, way.maps(), buffer, hasher);
    way.took(clock_.monotonic() - began, size_of(work, blobs_[work.blob]));
  }

  void check_pieces(const Work& work, bool mapped, Bytes& buffer, PieceHasher& hasher) {
    const BlobToCheck& blob = blobs_[work.blob];
    const std::optional<os::FileView> view =
        mapped ? os::FileView::map(*blob.file, offset_of(work), size_of(work, blob)) : std::nullopt;
    for (std::uint64_t i = 0; i < work.count && stop_.check(); ++i) {
      const std::uint64_t piece = work.piece + i;
      if (view && is_good(*view, i, blob, piece, hasher)) continue;
      // Reading has the last word, and says what is wrong with the disk.
      note(work.blob, piece, check_piece(blob, piece, buffer, hasher));
    }
  }

  // Piece `piece` of the blob is number `i` in the view.
  bool is_good(const os::FileView& view, std::uint64_t i, const BlobToCheck& blob,
               std::uint64_t piece, PieceHasher& hasher) const {
    const std::uint64_t size = piece_size(blob.size, piece);
    hasher.update(view.bytes().subspan(i * limits::kTreePieceBytes, size));
    const bool is_good = hasher.finish(blob.size) == blob.tree->pieces[piece] && view.is_whole();
    if (is_good) progress_.advance(size);
    return is_good;
  }

  Result<bool> check_piece(const BlobToCheck& blob, std::uint64_t piece, Bytes& buffer,
                           PieceHasher& hasher) const {
    const Result<bool> whole =
        feed(blob, piece * limits::kTreePieceBytes, piece_size(blob.size, piece), buffer, progress_,
             stop_, [&](ByteView bytes) { hasher.update(bytes); });
    const crypto::Hash256 hash = hasher.finish(blob.size);
    if (!whole) return whole;
    return *whole && hash == blob.tree->pieces[piece];
  }

  Result<bool> check_whole(const BlobToCheck& blob, Bytes& buffer) const {
    crypto::Sha256 flat;
    const bool whole = TRY(feed(blob, 0, blob.size, buffer, progress_, stop_,
                                [&](ByteView bytes) { flat.update(bytes); }));
    return whole && Digest(flat.finish()) == blob.digest;
  }

  // What was stopped half-way says nothing.
  void note(std::size_t blob, std::uint64_t piece, const Result<bool>& good) {
    if ((good && *good) || !stop_.check()) return;
    const std::lock_guard lock(mutex_);
    CheckedBlob& result = results_[blob];
    result.is_bad = true;
    if (!good) result.unreadable = good.error();
    if (good && blobs_[blob].tree) result.bad_pieces.push_back(piece);
  }

  const std::vector<BlobToCheck>& blobs_;
  const std::vector<Work> work_;
  const Clock& clock_;
  Progress& progress_;
  const Stop& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // guards results_ while threads run
  std::vector<CheckedBlob> results_;
};

}  // namespace

Result<std::vector<CheckedBlob>> check_blobs(const std::vector<BlobToCheck>& blobs,
                                             const Clock& clock, Progress& progress,
                                             const Stop& stop) {
  return Checker(blobs, clock, progress, stop).run();
}

}  // namespace tegula::content

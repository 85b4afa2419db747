#include "source/download.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/layer.h"

namespace tegula::source {
namespace {

using content::ByteRange;
using content::piece_count;
using content::piece_size;

constexpr std::uint64_t kPiece = limits::kTreePieceBytes;

// Pieces [first, end) that one stream is to bring.
struct Span {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// Trouble that time may cure.
bool may_pass(const Error& error) { return error.code == Code::Unavailable; }

// Half a second, doubled each time, half a minute at most.
std::chrono::milliseconds pause_after(int failures) {
  return std::min(std::chrono::milliseconds(250) * (1 << std::min(failures, 10)),
                  std::chrono::milliseconds(30'000));
}

// One blob on its way: hands out spans of missing pieces, takes pieces, decides when to go on.
class Transfer {
 public:
  Transfer(content::PartialBlob& partial, const content::BlobReader& reader,
           const DownloadOptions& options, Progress& progress, const Stop& stop)
      : partial_(partial), reader_(reader), options_(options), progress_(progress), stop_(stop) {}

  // True if all is there; false if the source's bytes have another version now, version().
  Result<bool> run() {
    std::vector<std::thread> streams;
    const auto start_more = [&] {
      while (streams.size() < options_.streams && wants_more_streams())
        streams.emplace_back([this] { work(); });
    };
    // The first stream finds out whether the source can begin in the middle.
    streams.emplace_back([this] { work(); });
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return has_begun_ || idle_ == 1; });
    }
    start_more();
    for (std::thread& stream : streams) stream.join();
    if (error_) return std::unexpected(*error_);
    return !other_version_;
  }

  const std::string& version() const { return *other_version_; }

 private:
  // What a stream receives, cut into pieces.
  class Receiver final : public content::RangeReceiver {
   public:
    Receiver(Transfer& owner, Span& span)
        : owner_(owner), span_(span), at_(span.first * kPiece), piece_(kPiece) {}

    Result<void> begin(const content::RangeStart& start) override {
      TRY(owner_.accept_version(start.version));
      if (start.is_whole) {
        owner_.take_all(span_);
        at_ = 0;
      }
      if (start.offset != at_)
        return fail(Code::Corrupt,
                    fmt::format("it begins at byte {} instead of {}", start.offset, at_));
      owner_.note_begun();
      return {};
    }

    Result<void> take(ByteView bytes) override {
      while (!bytes.empty()) {
        const std::uint64_t index = at_ / kPiece;
        if (index >= span_.end) return fail(Code::Corrupt, "it sends more than was asked for");
        const std::uint64_t size = piece_size(owner_.partial_.size(), index);
        const std::uint64_t within = at_ % kPiece;
        const std::size_t part = std::min<std::size_t>(bytes.size(), size - within);
        std::ranges::copy(bytes.first(part), piece_.begin() + static_cast<std::ptrdiff_t>(within));
        at_ += part;
        bytes = bytes.subspan(part);
        if (within + part == size) TRY(owner_.put(index, ByteView(piece_).first(size)));
      }
      return owner_.check();
    }

   private:
    Transfer& owner_;
    Span& span_;
    std::uint64_t at_;
    Bytes piece_;
  };

  void work() {
    while (std::optional<Span> span = claim()) {
      Receiver receiver(*this, *span);
      Result<void> read = check();
      if (read) read = reader_.read(range_of(*span), receiver, stop_);
      release(*span);
      if (!read && !go_on(std::move(read).error())) break;
    }
    const std::lock_guard lock(mutex_);
    ++idle_;
    changed_.notify_all();
  }

  ByteRange range_of(const Span& span) const {
    const std::uint64_t offset = span.first * kPiece;
    return {offset, std::min(span.end * kPiece, partial_.size()) - offset};
  }

  // The next run of pieces that are missing and that nobody is at.
  std::optional<Span> claim() {
    const std::lock_guard lock(mutex_);
    if (is_over() || (one_stream_ && !claimed_.empty())) return std::nullopt;
    const auto is_free = [&](std::uint64_t piece) {
      return !claimed_.contains(piece) && !partial_.has(piece);
    };
    const std::uint64_t count = piece_count(partial_.size());
    while (next_ < count && !is_free(next_)) ++next_;
    if (next_ == count) return std::nullopt;
    const std::uint64_t most =
        one_stream_ ? count : std::max<std::uint64_t>(options_.range_bytes / kPiece, 1);
    Span span{next_, next_};
    while (span.end < count && span.end - span.first < most && is_free(span.end))
      claimed_.insert(span.end++);
    next_ = span.end;
    return span;
  }

  void release(const Span& span) {
    const std::lock_guard lock(mutex_);
    for (std::uint64_t piece = span.first; piece < span.end; ++piece) claimed_.erase(piece);
    next_ = std::min(next_, span.first);
  }

  // The source sends everything from the start, whatever it is asked: one stream takes all of it.
  void take_all(Span& span) {
    const std::lock_guard lock(mutex_);
    one_stream_ = true;
    span = {0, piece_count(partial_.size())};
  }

  bool wants_more_streams() {
    const std::lock_guard lock(mutex_);
    return !one_stream_ && !is_over() && has_begun_;
  }

  void note_begun() {
    const std::lock_guard lock(mutex_);
    has_begun_ = true;
    changed_.notify_all();
  }

  Result<void> accept_version(std::string_view version) {
    const std::lock_guard lock(mutex_);
    // Later ones may not start anew: streams bring pieces then.
    const bool is_first = !std::exchange(version_known_, true);
    // Some servers behind one name call it nothing: the digest decides in the end.
    if (partial_.has_tree() || version.empty() || !content::is_version(version)) return {};
    if (is_first && partial_.present_bytes() == 0) TRY(partial_.start_anew(version));
    if (partial_.version() == version) return {};
    other_version_ = version;
    return fail(Code::Unavailable, "the file was changed while it was fetched");
  }

  Result<void> put(std::uint64_t index, ByteView bytes) {
    if (partial_.has(index)) return {};  // a source that knows no ranges sends it again
    Result<void> done = partial_.put(index, bytes);
    const std::lock_guard lock(mutex_);
    if (done) {
      failures_ = 0;
      progress_.advance(bytes.size());
      return {};
    }
    if (done.error().code != Code::Corrupt) return done;
    // The rest of the range may well be good; this piece is asked for again.
    if (++bad_[index] < limits::kPieceTriesMax) return {};
    return std::unexpected(std::move(done).error().within(
        fmt::format("{} times from {}", bad_[index], reader_.name())));
  }

  // Another stream may have found that there is no point in going on.
  Result<void> check() {
    TRY(stop_.check());
    const std::lock_guard lock(mutex_);
    if (!is_over()) return {};
    return fail(Code::Cancelled, "another stream failed");
  }

  // Whether to try again, after a pause.
  bool go_on(Error error) {
    int failures = 0;
    {
      const std::lock_guard lock(mutex_);
      if (is_over()) return false;
      failures = ++failures_;
      if (!may_pass(error) || failures > options_.tries_max) {
        error_ = std::move(error);
        return false;
      }
    }
    const Result<void> waited = options_.wait(pause_after(failures), stop_);
    if (waited) return true;
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = waited.error();
    return false;
  }

  bool is_over() const { return error_ || other_version_; }  // under the mutex

  content::PartialBlob& partial_;
  const content::BlobReader& reader_;
  const DownloadOptions& options_;
  Progress& progress_;
  const Stop& stop_;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::set<std::uint64_t> claimed_;
  std::map<std::uint64_t, int> bad_;  // pieces that came wrong: how often
  std::uint64_t next_ = 0;            // pieces before it are there or claimed
  int failures_ = 0;                  // since the last piece
  std::size_t idle_ = 0;              // streams that have ended
  bool has_begun_ = false;            // some stream has got a first byte
  bool one_stream_ = false;
  bool version_known_ = false;
  std::optional<std::string> other_version_;
  std::optional<Error> error_;
};

// The tree, if the descriptor names its root and the source has one with that root; one with
// another is as good as none. A blob of one piece needs no source for it.
Result<std::optional<content::BlobTree>> find_tree(content::BlobSource& from,
                                                   const content::Descriptor& blob,
                                                   const Stop& stop) {
  const std::optional<content::BlobTree> none;
  const std::optional<crypto::Hash256> root = content::tree_root(blob);
  if (!root) return none;
  if (piece_count(blob.size) == 1)
    return content::BlobTree{.size = blob.size, .pieces = {*root}, .root = *root};
  const std::optional<content::BlobTree> tree = TRY(from.tree(blob, stop));
  return tree && tree->root == *root && tree->size == blob.size ? tree : none;
}

Result<void> fetch(content::PartialBlob& partial, const content::BlobReader& reader,
                   std::string_view label, const DownloadOptions& options, Progress& progress,
                   const Stop& stop) {
  for (bool is_second = false;; is_second = true) {
    progress.begin(fmt::format("pulling {}", label), partial.size());
    progress.advance(partial.present_bytes());
    Transfer transfer(partial, reader, options, progress, stop);
    if (TRY(transfer.run(), reader.name())) return {};
    if (is_second)
      return fail(Code::Unavailable,
                  fmt::format("\"{}\" was changed twice while it was fetched", reader.name()),
                  "try again when its owner is done");
    TRY(partial.start_anew(transfer.version()));
  }
}

}  // namespace

Result<content::StoredBlob> download(content::Store& store, content::BlobSource& from,
                                     const content::Descriptor& blob, std::string_view label,
                                     content::Lease& lease, const DownloadOptions& options,
                                     Progress& progress, const Stop& stop) {
  TRY(lease.protect(blob.digest));
  if (TRY(store.has_blob(blob.digest, blob.size))) {
    const content::BlobTree tree = TRY(store.read_tree(blob));
    return content::StoredBlob{blob.digest, blob.size, tree.root, content::ImportWay::AlreadyThere};
  }
  const auto reader = TRY(from.open(blob, stop));
  std::optional<content::BlobTree> tree = TRY(find_tree(from, blob, stop), label);
  const auto partial = TRY(store.open_partial(blob, std::move(tree), progress, stop), label);
  TRY(fetch(*partial, *reader, label, options, progress, stop), label);
  progress.end();
  return TRY(partial->finish(lease), fmt::format("{} from {}", label, reader->name()));
}

}  // namespace tegula::source

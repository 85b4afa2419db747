#include "content/partial_blob.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/wait.h"
#include "content/identity_cache.h"

namespace tegula::content {
namespace {

constexpr std::chrono::milliseconds kLockLookEvery{200};

// The hash of a piece of the file; nothing if it isn't wholly there.
std::optional<crypto::Hash256> hash_piece(const os::File& file, std::uint64_t size,
                                          std::uint64_t piece, Bytes& buffer) {
  const std::span<std::uint8_t> into = std::span(buffer).first(piece_size(size, piece));
  const Result<std::size_t> got = file.read_at(piece * limits::kTreePieceBytes, into);
  if (!got || *got != into.size()) return std::nullopt;
  PieceHasher hasher;
  hasher.update(into);
  return hasher.finish(size);
}

// Keeps the noted pieces whose bytes still have their hash; looks with every processor.
Result<void> keep_good(const os::File& file, PartialJournal& journal, Progress& progress,
                       const Stop& stop) {
  using Entry = std::pair<std::uint64_t, crypto::Hash256>;
  const std::vector<Entry> noted(journal.pieces.begin(), journal.pieces.end());
  std::vector<char> good(noted.size(), 0);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    Bytes buffer(limits::kTreePieceBytes);
    for (std::size_t i; (i = next++) < noted.size() && stop.check();) {
      const auto hash = hash_piece(file, journal.size, noted[i].first, buffer);
      good[i] = hash == noted[i].second ? 1 : 0;
      progress.advance(piece_size(journal.size, noted[i].first));
    }
  };
  const std::size_t count =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, noted.size() + 1);
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  TRY(stop.check());
  for (std::size_t i = 0; i < noted.size(); ++i)
    if (good[i] == 0) journal.pieces.erase(noted[i].first);
  return {};
}

// A blob that was sealed, and could not be put in its place then, is written to again.
Result<std::unique_ptr<os::File>> open_or_create(const StoreContext& store, const os::Path& path) {
  auto file = store.fs.open_to_write(path);
  if (file) return file;
  if (file.error().code == Code::NotFound) return store.fs.create(path, 0644);
  if (file.error().code != Code::PermissionDenied || !store.fs.set_mode(path, 0644)) return file;
  return store.fs.open_to_write(path);
}

}  // namespace

PartialBlob::PartialBlob(const StoreContext& store, const Digest& digest,
                         std::optional<BlobTree> tree)
    : store_(store),
      digest_(digest),
      tree_(std::move(tree)),
      folder_(store.layout.partial(digest)),
      opened_(store.clock.now()) {}

Result<std::unique_ptr<PartialBlob>> PartialBlob::open(const StoreContext& store,
                                                       const Digest& digest, std::uint64_t size,
                                                       std::optional<BlobTree> tree,
                                                       Progress& progress, const Stop& stop) {
  CHECK(!tree || tree->size == size);
  if (size > limits::kBlobBytesMax)
    return fail(Code::Exhausted, fmt::format("blob {}: {} bytes; at most {} are allowed",
                                             digest.str(), size, limits::kBlobBytesMax));
  std::unique_ptr<PartialBlob> out(new PartialBlob(store, digest, std::move(tree)));
  out->journal_.size = size;
  TRY(out->lock(stop));
  out->data_ = TRY(open_or_create(store, out->data_path()));
  TRY(out->take_up(progress, stop));
  TRY(out->expect_space());
  return out;
}

// Garbage collection may not see the folder before it is locked, hence the shared lock; that is
// never held while waiting.
Result<void> PartialBlob::lock(const Stop& stop) {
  while (true) {
    {
      const StoreLock lock = TRY(lock_shared(store_));
      TRY(os::make_folders(store_.fs, folder_));
      auto held = store_.fs.lock(folder_ / "lock", os::LockMode::Exclusive, false);
      if (held) {
        lock_ = std::move(*held);
        return {};
      }
      if (held.error().code != Code::Unavailable) return std::unexpected(held.error());
    }
    TRY(wait_for(kLockLookEvery, stop));
  }
}

// What an earlier process left. A journal of something else, or of nothing sensible, is worth
// nothing.
Result<void> PartialBlob::take_up(Progress& progress, const Stop& stop) {
  const std::uint64_t bytes_max =
      limits::kPartialVersionBytesMax + limits::kKiB + piece_count(size()) * 2 * 100;
  const auto text = os::read_file(store_.fs, journal_path(), bytes_max);
  auto left = text ? parse_partial_journal(*text) : fail(Code::NotFound, {});
  if (!left || left->size != size()) return start_anew({});
  if (tree_)
    std::erase_if(left->pieces,
                  [&](const auto& noted) { return noted.second != tree_->pieces[noted.first]; });
  if (!left->pieces.empty()) {
    progress.begin("looking at what is there already",
                   left->pieces.size() * limits::kTreePieceBytes);
    TRY(keep_good(*data_, *left, progress, stop));
    progress.end();
  }
  journal_ = std::move(*left);
  // Written anew, so that lines that say nothing don't add up.
  TRY(os::write_durably(store_.fs, journal_path(), bytes_of(encode(journal_))));
  journal_file_ = TRY(store_.fs.open_to_write(journal_path()));
  hasher_ = std::make_unique<PrefixHasher>(*data_);
  const PartialJournal known = journal_;
  for (const auto& [piece, hash] : known.pieces) mark(piece, hash);
  return {};
}

Result<void> PartialBlob::expect_space() const {
  const std::uint64_t missing = size() - present_bytes();
  const std::uint64_t free = TRY(store_.fs.free_bytes(store_.layout.root()));
  if (free >= missing) return {};
  return fail(Code::DiskFull,
              fmt::format("{} are missing, and the store's disk has {} left", human_bytes(missing),
                          human_bytes(free)),
              "free some space (tegula store gc), or set TEGULA_HOME to a folder on another disk");
}

std::uint64_t PartialBlob::present_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t out = 0;
  for (const auto& [piece, hash] : journal_.pieces) out += piece_size(journal_.size, piece);
  return out;
}

bool PartialBlob::has(std::uint64_t piece) const {
  const std::lock_guard lock(mutex_);
  return journal_.pieces.contains(piece);
}

Result<void> PartialBlob::start_anew(std::string_view version) {
  const std::lock_guard lock(mutex_);
  ++starts_;
  journal_.pieces.clear();
  journal_.version = is_version(version) ? version : std::string_view();
  prefix_ = 0;
  hasher_ = std::make_unique<PrefixHasher>(*data_);
  TRY(os::write_durably(store_.fs, journal_path(), bytes_of(encode(journal_))));
  journal_file_ = TRY(store_.fs.open_to_write(journal_path()));
  return {};
}

// A piece that is there is perhaps hashed already: it stays as it is. So does one that another
// thread is just writing.
std::optional<std::uint64_t> PartialBlob::begin_piece(std::uint64_t piece) {
  const std::lock_guard lock(mutex_);
  if (journal_.pieces.contains(piece) || !writing_.insert(piece).second) return std::nullopt;
  return starts_;
}

Result<void> PartialBlob::put(std::uint64_t piece, ByteView bytes) {
  CHECK(piece < piece_count(size()) && bytes.size() == piece_size(size(), piece));
  PieceHasher hasher;
  hasher.update(bytes);
  const crypto::Hash256 hash = hasher.finish(size());
  if (tree_ && tree_->pieces[piece] != hash)
    return fail(Code::Corrupt, fmt::format("piece {} (at byte {}) does not match its hash", piece,
                                           piece * limits::kTreePieceBytes));
  const std::optional<std::uint64_t> start = begin_piece(piece);
  if (!start) return {};
  const Result<void> written = data_->write_at(piece * limits::kTreePieceBytes, bytes);
  const std::lock_guard lock(mutex_);
  writing_.erase(piece);
  TRY(written);
  if (start != starts_) return {};
  TRY(journal_file_->append(bytes_of(journal_line(piece, hash))));
  mark(piece, hash);
  return {};
}

// Called under the mutex, or before there are threads.
void PartialBlob::mark(std::uint64_t piece, const crypto::Hash256& hash) {
  journal_.pieces[piece] = hash;
  while (journal_.pieces.contains(prefix_)) ++prefix_;
  hasher_->grow(std::min(prefix_ * limits::kTreePieceBytes, journal_.size));
}

Result<StoredBlob> PartialBlob::finish(Lease& lease) {
  CHECK(journal_.pieces.size() == piece_count(size()));
  const Digest got = TRY(hasher_->finish());
  if (got != digest_) {
    TRY(start_anew({}));
    return fail(Code::Corrupt,
                fmt::format("digest does not match: want {}, got {}", digest_.str(), got.str()));
  }
  Bytes level;
  for (const auto& [piece, hash] : journal_.pieces)
    level.insert(level.end(), hash.begin(), hash.end());
  BlobTree tree = TRY(BlobTree::parse(level, size()));
  return commit({got, std::move(tree)}, lease);
}

Result<StoredBlob> PartialBlob::commit(HashedBlob hashed, Lease& lease) {
  StoredBlob out{hashed.digest, size(), hashed.tree.root, ImportWay::Written};
  if (TRY(commit_blob(store_, data_path(), hashed, lease, IfPresent::KeepGood)))
    out.way = ImportWay::AlreadyThere;
  if (const auto stat = store_.fs.stat(store_.layout.blob(digest_)))
    remember(store_, {identity_of(*stat), opened_, digest_});
  leave();
  return out;
}

// Takes the folder away while nobody can be between opening its lock and holding it. Where that is
// not possible at once, garbage collection does it.
void PartialBlob::leave() {
  journal_file_.reset();
  const auto alone = store_.fs.lock(store_.layout.lock(), os::LockMode::Exclusive, false);
  if (alone) static_cast<void>(os::remove_tree(store_.fs, folder_));
}

}  // namespace tegula::content

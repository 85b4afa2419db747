#include "logserver/sequencer.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::logserver {

std::size_t Sequencer::HashOfLeaf::operator()(const tlog::Hash256& leaf) const {
  std::size_t out = 0;
  std::memcpy(&out, leaf.data(), sizeof out);
  return out;
}

Sequencer::Sequencer(os::FileSystem& fs, const LogLayout& layout, SigningRecord record,
                     EntryIndex index, FileBatch files)
    : store_(fs, layout.published()),
      record_(std::move(record)),
      files_(std::move(files)),
      index_(std::move(index)),
      head_(record_.last()) {}

Result<std::unique_ptr<Sequencer>> Sequencer::open(os::FileSystem& fs, const LogLayout& layout,
                                                   SigningRecord record, Random& random) {
  const TileStore store(fs, layout.published());
  const tlog::TreeHead head = record.last().checkpoint.head;
  LogTree tree = TRY(LogTree::resume(store, head));
  EntryIndex index = TRY(EntryIndex::read(store, head.size, random));
  FileBatch files = TRY(FileBatch::open(fs, layout.published(), layout.sequencing()));
  std::unique_ptr<Sequencer> out(
      new Sequencer(fs, layout, std::move(record), std::move(index), std::move(files)));
  out->tree_ = std::move(tree);
  return out;
}

bool Sequencer::add(Bytes entry, Answer answer) {
  if (entry.size() > limits::kLogEntryBytesMax) {
    answer(fail(Code::Exhausted, fmt::format("an entry of {} bytes, at most {}", entry.size(),
                                             limits::kLogEntryBytesMax)));
    return true;
  }
  const tlog::Hash256 leaf = tlog::leaf_hash(entry);
  std::unique_lock lock(mutex_);
  if (halted_) {
    const Error why = *halted_;
    lock.unlock();
    answer(std::unexpected(why));
    return true;
  }
  const auto found = find(leaf);
  if (!found || *found) {
    lock.unlock();
    answer(found ? Result<Placed>(Placed{.index = **found, .is_duplicate = true})
                 : std::unexpected(found.error()));
    return true;
  }
  if (answers_ >= limits::kLogPoolEntriesMax || bytes_ + entry.size() > limits::kLogPoolBytesMax)
    return false;
  ++answers_;
  auto& pending = by_leaf_[leaf];
  if (!pending) {
    pending = std::make_shared<Pending>();
    pending->leaf = leaf;
    bytes_ += entry.size();
    pending->entry = std::move(entry);
    pool_.push_back(pending);
  }
  pending->answers.push_back(std::move(answer));
  lock.unlock();
  filled_.notify_one();
  return true;
}

// The lock is held: what reads the disk here is a client that brings what is there.
Result<std::optional<std::uint64_t>> Sequencer::find(const tlog::Hash256& leaf) const {
  for (const std::uint64_t index : index_.find(leaf))
    if (TRY(store_.read_leaf(index, head_.checkpoint.head.size)) == leaf) return index;
  return std::nullopt;
}

SignedCheckpoint Sequencer::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::size_t Sequencer::waiting() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

void Sequencer::halt(const Error& why) {
  const std::lock_guard lock(mutex_);
  if (!halted_) halted_ = why;
}

void Sequencer::wait(MonotonicTime until) {
  std::unique_lock lock(mutex_);
  filled_.wait_until(lock, until, [this] { return !pool_.empty() || woken_; });
  woken_ = false;
}

void Sequencer::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  filled_.notify_all();
}

Sequencer::Batch Sequencer::take_batch() {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(pool_.size(), limits::kLogRoundEntriesMax);
  Batch out(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(count));
  pool_.erase(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(count));
  return out;
}

Result<std::size_t> Sequencer::sequence() {
  if (waiting() == 0) return std::size_t{0};
  const auto ready = tree_ ? Result<void>() : go_back();
  const Batch batch = take_batch();
  const std::uint64_t first = record_.last().checkpoint.head.size;
  const auto placed = ready && !batch.empty() ? place(batch) : ready;
  if (!placed) tree_.reset();
  finish(batch, first, placed);
  if (!placed) return std::unexpected(placed.error());
  return batch.size();
}

Result<void> Sequencer::place(const Batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (halted_) return std::unexpected(*halted_);
  }
  const tlog::TreeHead old = record_.last().checkpoint.head;
  for (const auto& pending : batch) TRY(tree_->append(pending->entry, pending->leaf));
  TRY(files_.write(tree_->take()));
  tlog::TileReader nodes = store_.nodes(tree_->size());
  const tlog::Proof proof = TRY(tlog::prove_consistency(nodes, old.size, tree_->size()));
  TRY(record_.advance(tree_->head(), proof));
  return {};
}

// The record may hold the checkpoint of a round that failed behind its back.
Result<void> Sequencer::go_back() {
  TRY(record_.reload());
  tree_ = TRY(LogTree::resume(store_, record_.last().checkpoint.head));
  return catch_up();
}

// Only this thread changes the index, so that it may be counted without the lock.
Result<void> Sequencer::catch_up() {
  const std::uint64_t size = record_.last().checkpoint.head.size;
  tlog::TileReader nodes = store_.nodes(size);
  std::vector<tlog::Hash256> leaves;
  for (std::uint64_t index = index_.count(); index < size; ++index)
    leaves.push_back(TRY(nodes.read({.level = 0, .index = index})));
  for (const PlacedBefore& one : insert(leaves))
    for (const Answer& answer : one.pending->answers)
      answer(Placed{.index = one.index, .is_duplicate = true});
  return {};
}

// Clients may have brought their entries again before we knew that they are there.
std::vector<Sequencer::PlacedBefore> Sequencer::insert(const std::vector<tlog::Hash256>& leaves) {
  std::vector<PlacedBefore> out;
  const std::lock_guard lock(mutex_);
  for (const tlog::Hash256& leaf : leaves) {
    const std::uint64_t index = index_.count();
    index_.insert(leaf, index);
    const auto found = by_leaf_.find(leaf);
    if (found == by_leaf_.end()) continue;
    out.push_back({.pending = found->second, .index = index});
    forget(*out.back().pending);
  }
  std::erase_if(pool_, [this](const auto& pending) { return !by_leaf_.contains(pending->leaf); });
  head_ = record_.last();
  return out;
}

void Sequencer::finish(const Batch& batch, std::uint64_t first, const Result<void>& placed) {
  {
    const std::lock_guard lock(mutex_);
    if (placed) head_ = record_.last();
    std::uint64_t index = first;
    for (const auto& pending : batch) {
      if (placed) index_.insert(pending->leaf, index++);
      forget(*pending);
    }
  }
  // Nobody else can reach the batch any more.
  std::uint64_t index = first;
  for (const auto& pending : batch) {
    bool is_duplicate = false;
    for (const Answer& answer : pending->answers)
      answer(placed ? Result<Placed>(
                          Placed{.index = index, .is_duplicate = std::exchange(is_duplicate, true)})
                    : std::unexpected(placed.error()));
    ++index;
  }
}

// The lock is held.
void Sequencer::forget(const Pending& pending) {
  by_leaf_.erase(pending.leaf);
  answers_ -= pending.answers.size();
  bytes_ -= pending.entry.size();
}

}  // namespace tegula::logserver

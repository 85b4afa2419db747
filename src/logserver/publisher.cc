#include "logserver/publisher.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "tlog/tile.h"

namespace tegula::logserver {
namespace {

// What the world has seen must be the beginning of what we go on from.
Result<void> check_published(const SignedCheckpoint& published, const SignedCheckpoint& head,
                             const TileStore& store) {
  const tlog::TreeHead old = published.checkpoint.head, now = head.checkpoint.head;
  Result<void> checked;
  if (old.size <= now.size) {
    tlog::TileReader nodes = store.nodes(now.size);
    const auto proof = TRY(tlog::prove_consistency(nodes, old.size, now.size));
    checked = tlog::verify_consistency(old, now, proof);
    if (checked) return {};
  }
  return fail(Code::Corrupt,
              fmt::format("the log has published {} entries, and what it has signed last, of {}, "
                          "doesn't begin with them",
                          old.size, now.size),
              "its folder was restored from a backup, or damaged: signing would make a second "
              "history. Restore a newer one, or start a new log");
}

tlog::Policy with_log(tlog::Policy policy, const tlog::NoteKey& key) {
  for (const tlog::PolicyLog& log : policy.logs)
    if (log.key == key) return policy;
  policy.logs.push_back({.key = key, .url = {}});
  return policy;
}

}  // namespace

Publisher::Publisher(os::FileSystem& fs, const LogLayout& layout, tlog::Policy policy,
                     const Clock& clock, Cosigners& cosigners, const Options& options,
                     FileBatch files)
    : fs_(fs),
      folder_(layout.published()),
      policy_(std::move(policy)),
      clock_(clock),
      cosigners_(cosigners),
      options_(options),
      files_(std::move(files)) {}

Result<std::unique_ptr<Publisher>> Publisher::open(os::FileSystem& fs, const LogLayout& layout,
                                                   const SignedCheckpoint& head,
                                                   tlog::Policy policy, const tlog::NoteKey& key,
                                                   const Clock& clock, Cosigners& cosigners,
                                                   const Options& options) {
  FileBatch files = TRY(FileBatch::open(fs, layout.published(), layout.publishing()));
  std::unique_ptr<Publisher> out(new Publisher(fs, layout, with_log(std::move(policy), key), clock,
                                               cosigners, options, std::move(files)));
  const TileStore store(fs, layout.published());
  const auto text = store.read_checkpoint();
  if (!text && text.error().code == Code::NotFound) return out;
  if (!text) return std::unexpected(text.error());
  const auto published = TRY(read_signed_checkpoint(*text, key), "the published checkpoint");
  TRY(check_published(published, head, store));
  // It may have been left by a kill before its name was synced, and is not acknowledged again
  // before the next publication syncs the folder; nor is it fresh.
  out->last_ = std::make_shared<const Published>(
      Published{.checkpoint = published.checkpoint, .note = *text, .at = clock.monotonic()});
  TRY(fs.sync_folder(layout.published()));
  return out;
}

std::shared_ptr<const Published> Publisher::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::optional<Error> Publisher::halted() const {
  const std::lock_guard lock(mutex_);
  return halted_;
}

void Publisher::when_published(std::uint64_t size, Ready ready) {
  Result<std::shared_ptr<const Published>> now;
  {
    const std::lock_guard lock(mutex_);
    if (last_ != nullptr && last_->checkpoint.head.size >= size) {
      now = last_;
    } else if (halted_) {
      now = std::unexpected(*halted_);
    } else {
      waiting_.emplace(size, Waiting{.ready = std::move(ready),
                                     .until = clock_.monotonic() + limits::kPublicationWaitMax});
      return;
    }
  }
  ready(now);
}

bool Publisher::is_due(const SignedCheckpoint& head) const {
  const std::lock_guard lock(mutex_);
  return last_ == nullptr || last_->checkpoint != head.checkpoint ||
         clock_.monotonic() - last_->at >= options_.refresh;
}

Result<bool> Publisher::publish(const SignedCheckpoint& head, const Stop& stop) {
  if (const auto why = halted()) return std::unexpected(*why);
  expire();
  if (!is_due(head)) return false;
  const std::string text = tlog::encode(TRY(cosign(head, stop)));
  const auto old = last();
  const ByteView bytes = bytes_of(text);
  const std::array file = {
      NewFile{std::string(kCheckpointName), Bytes(bytes.begin(), bytes.end())}};
  TRY(files_.write(file));
  const auto published = std::make_shared<const Published>(
      Published{.checkpoint = head.checkpoint, .note = text, .at = clock_.monotonic()});
  tell(published);
  drop_partials(old == nullptr ? 0 : old->checkpoint.head.size, head.checkpoint.head.size);
  return true;
}

// The note with all cosignatures that hold and are wanted, if they are a quorum.
Result<tlog::Note> Publisher::cosign(const SignedCheckpoint& head, const Stop& stop) {
  const auto with = [&](const std::vector<tlog::NoteSignature>& signatures) {
    tlog::Note note = head.note;
    note.signatures.insert(note.signatures.end(), signatures.begin(), signatures.end());
    return note;
  };
  const Cosigned cosigned = cosigners_.collect(
      head,
      [&](const auto& signatures) { return tlog::accept(policy_, with(signatures)).has_value(); },
      stop);
  if (cosigned.ahead) {
    halt(*cosigned.ahead);
    return std::unexpected(*cosigned.ahead);
  }
  tlog::Note note = with(cosigned.signatures);
  const auto accepted = tlog::accept(policy_, note);
  if (accepted) return note;
  return fail(
      Code::Unavailable,
      fmt::format("the checkpoint of {} entries can't be published: {}{}{}",
                  head.checkpoint.head.size, accepted.error().text,
                  cosigned.problems.empty() ? "" : "; ", fmt::join(cosigned.problems, "; ")),
      "entries are safe and wait; clients see the last checkpoint until witnesses answer");
}

void Publisher::tell(const std::shared_ptr<const Published>& published) {
  std::vector<Ready> ready;
  {
    const std::lock_guard lock(mutex_);
    last_ = published;
    const auto end = waiting_.upper_bound(published->checkpoint.head.size);
    for (auto at = waiting_.begin(); at != end; at = waiting_.erase(at))
      ready.push_back(std::move(at->second.ready));
  }
  for (const Ready& one : ready) one(published);
}

void Publisher::expire() {
  std::vector<Ready> late;
  {
    const std::lock_guard lock(mutex_);
    const MonotonicTime now = clock_.monotonic();
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->second.until > now) {
        ++at;
        continue;
      }
      late.push_back(std::move(at->second.ready));
      at = waiting_.erase(at);
    }
  }
  for (const Ready& one : late)
    one(fail(Code::Unavailable, "the entry is in the log, and waits for its witnesses",
             "ask again later"));
}

void Publisher::halt(const Error& why) {
  std::multimap<std::uint64_t, Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    halted_ = why;
    waiting.swap(waiting_);
  }
  for (const auto& [size, one] : waiting) one.ready(std::unexpected(why));
}

// Readers find the full tile where a partial one is gone (tlog-tiles, "Partial Tiles"). What
// couldn't be removed only takes space.
void Publisher::drop_partials(std::uint64_t old_size, std::uint64_t size) {
  for (const tlog::TileId& tile : tlog::tiles_between(old_size, size)) {
    if (tile.width != tlog::kTileWidth) continue;
    drop_folder(tlog::path_of(tile) + ".p");
    if (tile.level == 0) drop_folder(tlog::path_of(tlog::BundleId{.index = tile.index}) + ".p");
  }
}

void Publisher::drop_folder(const std::string& path) {
  static_cast<void>(os::remove_tree(fs_, folder_ / path));
}

}  // namespace tegula::logserver

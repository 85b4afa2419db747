#include "logserver/fsck.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "logserver/log_layout.h"
#include "tlog/tile_builder.h"

namespace tegula::logserver {
namespace {

using Hashes = std::vector<tlog::Hash256>;

// The upper levels of a tree, each tile as it was last.
using Upper = std::map<std::pair<unsigned, std::uint64_t>, tlog::Tile>;

void keep_upper(std::vector<tlog::Tile> tiles, Upper& into) {
  for (tlog::Tile& tile : tiles)
    if (tile.id.level > 0) into[{tile.id.level, tile.id.index}] = std::move(tile);
}

// One tile of level 0 and the entries beside it, where they differ or one can't be read.
struct Doubt {
  std::uint64_t index = 0;
  std::string text{};  // how they differ
};

class Fsck {
 public:
  Fsck(const TileStore& store, Progress& progress, const Stop& stop)
      : store_(store), progress_(progress), stop_(stop) {}

  Result<FsckReport> run(const tlog::NoteKey& key, const ReadRecord& read_own);

 private:
  void add(FaultKind kind, std::string path, std::string text) {
    if (report_.faults.size() < limits::kFsckFaultsMax)
      report_.faults.push_back({kind, std::move(path), std::move(text)});
  }
  void add(std::string path, const Error& error) {
    add(error.code == Code::NotFound ? FaultKind::Missing : FaultKind::Damaged, std::move(path),
        error.text);
  }

  std::optional<SignedCheckpoint> read_published(const tlog::NoteKey& key,
                                                 const Result<std::string>& text, bool may_be_none);
  std::optional<SignedCheckpoint> read_record(const tlog::NoteKey& key, const std::string& text);
  Result<void> check_tree(const tlog::TreeHead& head);
  void read_leaves(std::uint64_t index, std::uint32_t width);
  std::optional<Hashes> read_entries(const tlog::BundleId& id);
  std::optional<Hashes> read_tile(const tlog::TileId& id);
  void blame(const tlog::TreeHead& head);
  void check_upper(const Upper& tiles);
  void check_head(const std::optional<SignedCheckpoint>& checked, std::string_view path);

  const TileStore& store_;
  Progress& progress_;
  const Stop& stop_;
  FsckReport report_;
  tlog::TileBuilder by_entries_, by_tiles_;
  Upper entry_tiles_, tile_tiles_;
  std::vector<Doubt> doubts_;
};

std::optional<SignedCheckpoint> Fsck::read_published(const tlog::NoteKey& key,
                                                     const Result<std::string>& text,
                                                     bool may_be_none) {
  const std::string path(kCheckpointName);
  if (!text && may_be_none && text.error().code == Code::NotFound) {
    report_.is_published = false;
    return std::nullopt;
  }
  if (!text) {
    add(path, text.error());
    return std::nullopt;
  }
  auto read = read_signed_checkpoint(*text, key);
  if (read) return std::move(*read);
  add(FaultKind::Forged, path, read.error().text);
  return std::nullopt;
}

std::optional<SignedCheckpoint> Fsck::read_record(const tlog::NoteKey& key,
                                                  const std::string& text) {
  auto read = read_signed_checkpoint(text, key);
  if (read) return std::move(*read);
  add(FaultKind::Forged, "record", read.error().text);
  return std::nullopt;
}

// Nothing if it can't be read; then that is a fault already.
std::optional<Hashes> Fsck::read_entries(const tlog::BundleId& id) {
  ++report_.files;
  const auto bytes = store_.read_bundle(id);
  if (!bytes) {
    add(path_of(id), bytes.error());
    return std::nullopt;
  }
  const auto entries = tlog::parse_bundle(*bytes, id.width);
  if (!entries) {
    add(FaultKind::Truncated, path_of(id), entries.error().text);
    return std::nullopt;
  }
  tlog::TreeHasher hasher;
  Hashes out;
  for (const ByteView entry : *entries) out.push_back(hasher.leaf(entry));
  return out;
}

std::optional<Hashes> Fsck::read_tile(const tlog::TileId& id) {
  ++report_.files;
  const auto bytes = store_.read_tile(id);
  if (!bytes) {
    add(path_of(id), bytes.error());
    return std::nullopt;
  }
  auto hashes = tlog::parse_tile(*bytes, id.width);
  if (hashes) return std::move(*hashes);
  add(FaultKind::Truncated, path_of(id), hashes.error().text);
  return std::nullopt;
}

// Both trees go on, with the other's leaves where one can't be read.
void Fsck::read_leaves(std::uint64_t index, std::uint32_t width) {
  const auto entries = read_entries({.index = index, .width = width});
  const auto tile = read_tile({.level = 0, .index = index, .width = width});
  const Hashes nothing(width);
  const Hashes& of_entries = entries ? *entries : tile ? *tile : nothing;
  const Hashes& of_tile = tile ? *tile : of_entries;
  if (entries && tile && *entries != *tile) {
    const auto differs = std::ranges::mismatch(*entries, *tile).in1 - entries->begin();
    const std::uint64_t entry = index * tlog::kTileWidth + static_cast<std::uint64_t>(differs);
    doubts_.push_back(
        {index, fmt::format("entry {} is not the one whose hash the tree has", entry)});
  }
  for (std::uint32_t i = 0; i < width; ++i) {
    static_cast<void>(by_entries_.append(of_entries[i]));  // fails past 2^63 leaves alone
    static_cast<void>(by_tiles_.append(of_tile[i]));
  }
  keep_upper(by_entries_.take(), entry_tiles_);
  keep_upper(by_tiles_.take(), tile_tiles_);
}

void Fsck::blame(const tlog::TreeHead& head) {
  const bool tiles_hold = by_tiles_.head() == head;
  const bool entries_hold = by_entries_.head() == head;
  for (const Doubt& doubt : doubts_) {
    const std::uint32_t width = tlog::tile_width(0, doubt.index, head.size);
    if (!entries_hold)
      add(FaultKind::Damaged, path_of(tlog::BundleId{doubt.index, width}), doubt.text);
    if (!tiles_hold)
      add(FaultKind::Damaged, path_of(tlog::TileId{0, doubt.index, width}), doubt.text);
  }
}

void Fsck::check_upper(const Upper& tiles) {
  for (const auto& [place, tile] : tiles) {
    const auto stored = read_tile(tile.id);
    if (stored && *stored != tile.hashes)
      add(FaultKind::Damaged, path_of(tile.id), "it is not the tree over the tiles below it");
  }
}

// The upper levels and the root, of whichever leaves hold.
Result<void> Fsck::check_tree(const tlog::TreeHead& head) {
  progress_.begin("reading the log", head.size);
  for (std::uint64_t index = 0; index * tlog::kTileWidth < head.size; ++index) {
    TRY(stop_.check());
    const std::uint32_t width = tlog::tile_width(0, index, head.size);
    read_leaves(index, width);
    progress_.advance(width);
  }
  progress_.end();
  blame(head);
  check_upper(by_entries_.head() == head ? entry_tiles_ : tile_tiles_);
  return {};
}

void Fsck::check_head(const std::optional<SignedCheckpoint>& checked, std::string_view path) {
  if (!checked) return;
  const tlog::TreeHead head = checked->checkpoint.head;
  if (by_entries_.head() == head || by_tiles_.head() == head) return;
  // Faults below explain it; without any the signature is over something else.
  if (report_.faults.empty())
    add(FaultKind::Forged, std::string(path), "it is signed, but not over these entries");
}

Result<FsckReport> Fsck::run(const tlog::NoteKey& key, const ReadRecord& read_own) {
  const Result<std::string> checkpoint = store_.read_checkpoint();
  const OwnRecord own = TRY(read_own());
  const auto signed_last = own.text ? read_record(key, *own.text) : std::nullopt;
  const bool may_be_none =
      signed_last && (own.waits_for_witnesses || signed_last->checkpoint.head.size == 0);
  const auto published = read_published(key, checkpoint, may_be_none);
  const auto& head = signed_last ? signed_last : published;
  if (!head) return std::move(report_);
  report_.size = head->checkpoint.head.size;
  TRY(check_tree(head->checkpoint.head));
  check_head(head, signed_last ? "record" : kCheckpointName);
  if (!signed_last || !published) return std::move(report_);
  const tlog::TreeHead old = published->checkpoint.head, now = signed_last->checkpoint.head;
  tlog::TileReader nodes = store_.nodes(now.size);
  const auto proof = old.size <= now.size ? tlog::prove_consistency(nodes, old.size, now.size)
                                          : Result<tlog::Proof>(tlog::Proof());
  if (report_.faults.empty() && (!proof || !tlog::verify_consistency(old, now, *proof)))
    add(FaultKind::Forged, std::string(kCheckpointName),
        "it is signed, but what the log signed last does not continue it");
  return std::move(report_);
}

}  // namespace

std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::Missing: return "missing";
    case FaultKind::Truncated: return "truncated";
    case FaultKind::Damaged: return "damaged";
    case FaultKind::Forged: return "forged";
  }
  return "";
}

Result<FsckReport> check_log(const TileStore& store, const tlog::NoteKey& key,
                             const ReadRecord& read_own, Progress& progress, const Stop& stop) {
  return Fsck(store, progress, stop).run(key, read_own);
}

}  // namespace tegula::logserver

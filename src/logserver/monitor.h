// What a monitor does with each new checkpoint of a log: holds it against the last one it has seen.
//
// Thread rule: free functions. Errors: Untrusted for a checkpoint that isn't the log's, or one that
// forks from what was seen: then both notes together prove it to anybody; Unavailable for one that
// what was seen continues.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "logserver/signing_record.h"
#include "logserver/tile_store.h"

namespace tegula::logserver {

struct Observation {
  SignedCheckpoint now;
  std::string note;            // as it was served
  std::uint64_t old_size = 0;  // of what was seen before

  std::uint64_t new_entries() const { return now.checkpoint.head.size - old_size; }
};

// `seen` is the note of the last observation.
Result<Observation> observe(const TileStore& log, const tlog::NoteKey& key,
                            const std::optional<std::string>& seen);

// Calls back with the entries from `first` on, each checked against the tree; its error ends it.
using SeeEntry = std::function<Result<void>(std::uint64_t index, ByteView entry)>;
Result<void> read_entries(const TileStore& log, const tlog::TreeHead& head, std::uint64_t first,
                          const SeeEntry& see);

}  // namespace tegula::logserver

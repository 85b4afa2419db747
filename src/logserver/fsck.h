// Reads all of a log and says what is wrong with it, each fault by its file: every entry, every
// tile, the published checkpoint and the record of what was signed.
//
// Where a bundle and its tile differ, the one to blame is the one that does not lead to the signed
// root.
//
// Thread rule: free functions; the log may be in use. Errors: Cancelled, those of ReadRecord; what
// else can't be read is a fault.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "logserver/signing_record.h"
#include "logserver/tile_store.h"

namespace tegula::logserver {

enum class FaultKind { Missing, Truncated, Damaged, Forged };

std::string_view name_of(FaultKind kind);  // "missing"

struct LogFault {
  FaultKind kind = FaultKind::Damaged;
  std::string path;  // "tile/entries/000.p/7"
  std::string text;

  bool operator==(const LogFault&) const = default;
};

struct FsckReport {
  std::uint64_t size = 0;          // entries under the checkpoint that was checked
  std::uint64_t files = 0;         // tiles and bundles that were read
  std::vector<LogFault> faults{};  // at most kFsckFaultsMax
  bool is_published = true;        // there is a checkpoint, or should be one
  bool is_good() const { return faults.empty(); }
};

// The text of the log's record of what it signed, if that is at hand, and whether the log publishes
// nothing before witnesses have seen it: then, as in an empty log, there may be no checkpoint yet.
struct OwnRecord {
  std::optional<std::string> text{};
  bool waits_for_witnesses = false;
};

// Asked once the published checkpoint was read: of a log that is in use the record is always the
// newer one.
using ReadRecord = std::function<Result<OwnRecord>()>;

Result<FsckReport> check_log(const TileStore& store, const tlog::NoteKey& key,
                             const ReadRecord& read_own, Progress& progress, const Stop& stop);

}  // namespace tegula::logserver

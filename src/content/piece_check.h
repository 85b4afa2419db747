// Checks many blobs piece by piece, with every processor, in one pass over one list of work.
//
// Thread rule: blocks the caller; starts and joins its own threads.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_tree.h"
#include "content/digest.h"
#include "os/file_system.h"

namespace tegula::content {

struct BlobToCheck {
  const os::File* file = nullptr;
  std::uint64_t size = 0;
  Digest digest;
  std::optional<BlobTree> tree;  // none: the whole blob against its digest
};

struct CheckedBlob {
  std::vector<std::uint64_t> bad_pieces;  // rising
  bool is_bad = false;                    // some piece, or the blob as a whole, does not match
  std::optional<Error> unreadable;
};

// One result for each blob, in their order. Whether bytes are mapped or read is found out by the
// clock: what page faults cost beside a copy is another thing on every machine.
Result<std::vector<CheckedBlob>> check_blobs(const std::vector<BlobToCheck>& blobs,
                                             const Clock& clock, Progress& progress,
                                             const Stop& stop);

}  // namespace tegula::content

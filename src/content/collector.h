// Garbage collection: what no name, no live lease and no young manifest leads to goes away.
//
// Mark and sweep under the exclusive lock, which builds and imports hold shared only for the
// moments of their changes. What goes is first renamed into trash/, manifests before their blobs,
// and unlinked after the lock is let go; so a crash leaves either all of a model or garbage. What
// crashed holders left behind is cleaned as well: dead leases, their uploads, temporaries, trash.
//
// A tag file or a protected manifest that can't be read stops the collection: what it leads to is
// not known. Errors: Corrupt, what the file system says. Thread rule: thread-safe, between
// processes.
#pragma once

#include <chrono>
#include <vector>

#include "content/store_context.h"

namespace tegula::content {

struct GcOptions {
  bool dry_run = false;                                // say what would go, change nothing
  std::chrono::seconds grace = std::chrono::hours(1);  // for manifests without a name
};

struct GcReport {
  std::vector<Digest> manifests;  // that went
  std::vector<Digest> blobs;      // that went, external ones too
  std::uint64_t freed_bytes = 0;  // of blobs, trees and manifests
  std::uint64_t leftovers = 0;    // dead leases, uploads, temporaries, old trash: how many
};

Result<GcReport> collect_garbage(const StoreContext& store, const GcOptions& options);

}  // namespace tegula::content

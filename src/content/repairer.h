// Makes bad and missing blobs whole again from any file that still has the bytes: the place a blob
// was imported from, a readable twin under models/, files and folders the caller names. Good pieces
// are kept, bad ones are taken from whoever has them, and nothing replaces a blob before its digest
// is right.
//
// Thread rule: thread-safe, also between processes.
#pragma once

#include <string>
#include <vector>

#include "content/verifier.h"

namespace tegula::content {

struct RepairOptions {
  std::vector<os::Path> from;  // files, and folders looked through with all below them
};

struct Repaired {
  Digest digest;
  std::string file;    // as in the fault
  std::string source;  // where the bytes came from; empty if only the tree was made anew
};

struct Unrepaired {
  Fault fault;
  std::string advice;  // where to get it
};

struct RepairReport {
  std::uint64_t checked_count = 0;
  std::vector<Repaired> repaired;
  std::vector<Unrepaired> left;
  bool is_whole() const { return left.empty(); }
};

Result<RepairReport> repair(const StoreContext& store, const RepairOptions& options,
                            Progress& progress, const Stop& stop);

}  // namespace tegula::content

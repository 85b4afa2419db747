// How much disk the store takes, by kind, and how much garbage collection would give back.
//
// Thread rule: thread-safe.
#pragma once

#include "content/collector.h"

namespace tegula::content {

struct Usage {
  std::uint64_t blob_count = 0, blob_bytes = 0;
  std::uint64_t tree_bytes = 0;
  std::uint64_t manifest_count = 0, manifest_bytes = 0;
  std::uint64_t name_count = 0;
  std::uint64_t external_count = 0,
                external_bytes = 0;  // used in place; not on the store's account
  std::uint64_t shared_bytes = 0;    // of blobs that more than one manifest uses, counted once
  std::uint64_t upload_bytes = 0;    // half-made, and on their way in
  std::uint64_t trash_bytes = 0;
  std::uint64_t reclaimable_bytes = 0;  // by collect_garbage with these options
};

Result<Usage> measure_usage(const StoreContext& store, const GcOptions& options);

}  // namespace tegula::content

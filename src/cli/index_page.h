// What the commands say of an index: one model for several targets, under NAME:TAG-all.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/models.h"
#include "codec/json.h"
#include "content/image_index.h"

namespace tegula::cli {

struct IndexedPack {
  std::string target;  // "gguf-q4_k_m"
  content::Digest digest;
  PackSummary pack;
};

struct IndexSummary {
  std::vector<IndexedPack> packs;
  std::uint64_t bytes = 0;  // of all, what they share counted once
};

// Nothing if the digest is a model's.
Result<std::optional<IndexSummary>> find_index(const content::Digest& digest, Session& session);

std::string index_page(const std::string& name, const content::Digest& digest,
                       const IndexSummary& index);
codec::OrderedJson targets_json(const IndexSummary& index);

}  // namespace tegula::cli

// The index of one model's packs, one a target: what `name:tag-all` leads to, here and in a
// registry (docs/reference/manifest.md#index). The same packs give the same bytes.
//
// Thread rule: a free function. Errors: those of the store.
#pragma once

#include <string>
#include <vector>

#include "content/store.h"

namespace tegula::content {

struct TargetPack {
  Digest manifest;
  std::string format;  // "gguf", "mlx", "safetensors": what a client chooses by
  std::string target;  // "gguf-q4_k_m": the end of its tag
};

// In the order given, which is the builder's.
Result<std::string> make_target_index(const std::vector<TargetPack>& packs, const Store& store);

// What the index calls its entry, for people: the target, else the digest.
std::string target_name(const Descriptor& entry);

}  // namespace tegula::content

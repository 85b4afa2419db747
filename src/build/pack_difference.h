// What differs between two packs: the first difference for whoever rebuilt one of them, all of them
// for whoever wants to know what a new version brought.
//
// Errors: those of the stores; a pack that cannot be read is a difference that cannot be named.
// Thread rule: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "build/context.h"

namespace tegula::build {

// A pack in a store.
struct PackPlace {
  const content::Store& store;
  content::Digest digest;
};

// `layer "m.gguf", tensor "blk.0.ffn_down.weight" (byte 17 of it)`; empty if they are the same.
Result<std::string> first_difference(const PackPlace& expected, const PackPlace& got,
                                     Progress& progress, const Stop& stop);

enum class Change { Added, Removed, Changed };

std::string_view name_of(Change change);  // "added"

struct Differing {
  std::string layer;  // its file path; empty: of the pack itself
  std::string what;   // `tensor "blk.0.ffn_down.weight"`, `parameter "top_k"`; empty: the layer
  Change change = Change::Changed;
  std::string before{}, after{};  // in words, where there are words for it; else empty

  bool operator==(const Differing&) const = default;
};

// By layer, in the order of the packs: settings one by one, files of tensors by their parts, every
// other layer as a whole. Empty if the packs are the same.
Result<std::vector<Differing>> all_differences(const PackPlace& before, const PackPlace& after,
                                               Progress& progress, const Stop& stop);

}  // namespace tegula::build

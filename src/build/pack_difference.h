// Where two packs that should be the same differ first: for whoever rebuilt one of them.
//
// Errors: those of the stores; a pack that cannot be read is a difference that cannot be named.
// Thread rule: free functions.
#pragma once

#include <string>

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

}  // namespace tegula::build

// What builds made of what: so that a build that was done before is not done again
// (docs/reference/store.md#made). A small file a target in the store's folder `made/`, safe to
// lose.
//
// It stands for no check: what it names is in the store by digest, and verified as it is opened.
// Thread rule: free functions, thread-safe, also between processes.
#pragma once

#include <optional>
#include <string>

#include "build/model_files.h"
#include "build/target.h"

namespace tegula::build {

// All that the bytes of a target depend on.
struct MadeFrom {
  const ModelFiles& source;
  const Target& target;
  std::string name;                             // of the files that are made
  std::optional<content::Digest> imatrix = {};  // the matrix that the target names

  content::Digest key() const;
};

// Whether files are made at all for the target; else the source's are taken as they are.
bool is_made(Format source, const Target& target);

// Nothing if it was not made before, or is not all in the store any more. What is found is
// protected by the lease.
std::optional<ModelFiles> find_made(const MadeFrom& from, WallTime modified, content::Lease& lease,
                                    const BuildContext& context);

// Best effort.
void keep_made(const MadeFrom& from, const ModelFiles& made, const BuildContext& context);

}  // namespace tegula::build

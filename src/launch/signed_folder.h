// A folder against a model signature (OpenSSF Model Signing v1.0,
// docs/reference/model-signature.md): whether it holds the files that were signed, no more and no
// fewer.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "attest/model_signature.h"
#include "base/progress.h"
#include "base/stop.h"
#include "os/file_system.h"

namespace tegula::launch {

// The folder's files, or their shards, as `how` has them: by its method, without its ignored paths.
// What it lists itself doesn't count. Untrusted for a link unless it allows them, Unsupported for
// what is neither file nor folder, Exhausted past a limit.
Result<std::vector<attest::ModelResource>> hash_folder(const os::FileSystem& files,
                                                       const os::Path& folder,
                                                       const attest::ModelSignature& how,
                                                       Progress& progress, const Stop& stop);

// Corrupt, naming the first file that was changed, added or taken away.
Result<void> check_folder(const os::FileSystem& files, const os::Path& folder,
                          const attest::ModelSignature& signature, Progress& progress,
                          const Stop& stop);

}  // namespace tegula::launch

// Where the engine's program is, and where engines run on this machine.
//
// Thread rule: free functions.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "config/folders.h"
#include "infer/engine_library.h"
#include "infer/engine_process.h"
#include "os/environment.h"
#include "os/file_system.h"

namespace tegula::launch {

// $TEGULA_ENGINE, else beside `folder`, where this program or library lies, as it is built or
// installed: in it, in ../libexec/tegula, in ../../libexec/tegula. NotFound says where it was
// looked for.
Result<os::Path> find_engine(os::FileSystem& files, const os::Environment& environment,
                             const os::Path& folder);

// The folders that an engine needs are made. Clock and randomness must outlive what runs there.
Result<infer::EngineHost> engine_host(os::Path program, os::FileSystem& files,
                                      const config::Folders& folders, const Clock& clock,
                                      Random& random);

// The engine as a library: in `folder`/tegula, or in `folder` itself. NotFound says where it was
// looked for.
Result<os::Path> find_engine_library(os::FileSystem& files, const os::Path& folder);

// As engine_host().
Result<infer::LibraryHost> library_host(os::Path library, os::FileSystem& files,
                                        const config::Folders& folders, const Clock& clock,
                                        Random& random);

}  // namespace tegula::launch

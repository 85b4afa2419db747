// The lock beside a Modelfile, from before a build until after it (docs/reference/lock.md).
#pragma once

#include "build/builder.h"
#include "build/lock_file.h"
#include "cli/arguments.h"
#include "cli/session.h"

namespace tegula::cli {

// Reads the lock, if there is one, and puts it into the request, without what --update renews.
// InvalidArgument for flags that contradict each other or a source without a lock.
Result<void> use_lock(const Arguments& arguments, const os::Path& path, Session& session,
                      build::BuildRequest& request);

// Writes the lock of a build that succeeded if it differs, and says what changed. A lock that
// cannot be written is a warning: the model is built and named.
void keep_lock(const os::Path& path, const build::BuildResult& result, Session& session);

}  // namespace tegula::cli

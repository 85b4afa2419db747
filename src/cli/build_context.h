// What a build on the command line works with.
#pragma once

#include "build/context.h"
#include "cli/session.h"

namespace tegula::cli {

Result<build::BuildContext> build_context(Session& session);

// As the environment has it.
Result<WallTime> source_date(Session& session);

}  // namespace tegula::cli

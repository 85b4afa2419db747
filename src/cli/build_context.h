// What a build on the command line works with.
#pragma once

#include "build/context.h"
#include "cli/session.h"

namespace tegula::cli {

Result<build::BuildContext> build_context(Session& session);

// SOURCE_DATE_EPOCH (reproducible-builds.org), else 1970; InvalidArgument if it is no number.
Result<WallTime> source_date(Session& session);

}  // namespace tegula::cli

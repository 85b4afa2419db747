// Where the engine is and where it runs.
#pragma once

#include "cli/session.h"
#include "infer/engine_process.h"

namespace tegula::cli {

// The engine's program: $TEGULA_ENGINE, else beside this program, else in ../libexec/tegula.
// NotFound says where it was looked for. The folders it needs are made.
Result<infer::EngineHost> engine_host(Session& session);

}  // namespace tegula::cli

// The processor features this build of the engine was compiled for, checked before anything that
// might use them runs: see cpu_x86_64.cc.
#pragma once

namespace tegula::engine {

// The first feature that is missing, or nullptr.
const char* missing_cpu_feature();

}  // namespace tegula::engine

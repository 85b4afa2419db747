// The processor features that this build's engine was compiled for. Asked before anything of the
// engine runs, so it stands where nothing is compiled for them. tools/cmake/llama.cmake has the
// list.
//
// Thread rule: pure function; works before static initialisers.
#pragma once

namespace tegula::infer {

// The first feature that is missing, or nullptr.
const char* missing_cpu_feature();

}  // namespace tegula::infer

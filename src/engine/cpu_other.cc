// Other processors: the compiler's baseline is what every machine of the kind has.
#include "engine/cpu.h"

namespace tegula::engine {

const char* missing_cpu_feature() { return nullptr; }

}  // namespace tegula::engine

// Other processors: the compiler's baseline is what every machine of the kind has.
#include "infer/cpu.h"

namespace tegula::infer {

const char* missing_cpu_feature() { return nullptr; }

}  // namespace tegula::infer

#include "infer/cpu.h"

namespace tegula::infer {

const char* missing_cpu_feature() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx")) return "AVX";
  if (!__builtin_cpu_supports("avx2")) return "AVX2";
  if (!__builtin_cpu_supports("fma")) return "FMA";
  if (!__builtin_cpu_supports("f16c")) return "F16C";
  if (!__builtin_cpu_supports("bmi2")) return "BMI2";
  return nullptr;
}

}  // namespace tegula::infer

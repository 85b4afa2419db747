// For builds without llama.cpp's source.
#include "base/check.h"
#include "tensor/ggml_kernels.h"

bool tegula_ggml_is_there() { return false; }
bool tegula_ggml_knows(std::uint32_t) { return false; }
void tegula_ggml_prepare(std::uint32_t) {}
bool tegula_ggml_quantise(std::uint32_t, const float*, void*, std::int64_t, std::int64_t,
                          const float*) {
  CHECK(false);
}
void tegula_ggml_dequantise(std::uint32_t, const void*, float*, std::int64_t) { CHECK(false); }

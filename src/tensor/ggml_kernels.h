// llama.cpp's own quantisers, compiled apart so that their bytes do not depend on who compiles them
// (docs/design/0042-llama-cpp-quantisers-compiled-apart.md). Inside of this folder only: see
// quantise.h. ggml_kernels.c, which is C, defines these; so does ggml_kernels_none.cc.
//
// `type` is a number of ggml's. Rows are whole blocks. Neither function looks at its input first:
// floats must be finite and at most 65504 in size, importance finite and at least 0.
// Thread rule: thread-safe after tegula_ggml_prepare(type) has returned once.
#pragma once

#include <cstdint>

extern "C" {

// Whether this build has them at all, and this one.
bool tegula_ggml_is_there();
bool tegula_ggml_knows(std::uint32_t type);

// Makes the tables that some types need; again is free. One thread at a time.
void tegula_ggml_prepare(std::uint32_t type);

// `importance` has one weight a column, or is null. False if the quantiser gave up on the input.
bool tegula_ggml_quantise(std::uint32_t type, const float* from, void* to, std::int64_t rows,
                          std::int64_t row_elements, const float* importance);

void tegula_ggml_dequantise(std::uint32_t type, const void* from, float* to, std::int64_t elements);
}

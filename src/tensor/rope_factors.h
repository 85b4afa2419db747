// Llama 3's rotary scaling: GGUF has it as a factor for each frequency, Hugging Face as the few
// numbers that these follow from.
//
// Errors: Unsupported for factors that follow from no parameters that models are published with.
// Thread rule: pure functions; the same results on every system.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "tensor/hf_config.h"

namespace tegula::tensor {

// Factors of the rotary frequencies, one for each pair of a head.
std::vector<float> llama3_rope_factors(const RopeScaling& rope, double theta,
                                       std::uint64_t head_size);

// The parameters that give these factors. llama.cpp's converter computes them in f32, so that each
// may be off by its rounding.
Result<RopeScaling> llama3_rope_scaling(std::span<const float> factors, double theta,
                                        std::uint64_t head_size);

}  // namespace tegula::tensor

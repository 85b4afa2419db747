// 16-bit floats from and to f32: IEEE 754 binary16 (F16) and bfloat16 (BF16).
//
// Rounds to nearest, ties to even; what is too large becomes infinity. A NaN stays one: its sign
// and the upper bits of its payload are kept, and it becomes quiet. Processors with instructions
// for this (x86 F16C, arm64) do the same. The source uses integers, and floating-point operations
// that are exact or a single rounded addition, so that no compiler has a choice to make.
//
// Thread rule: pure functions, for the processor's default rounding mode.
#pragma once

#include <cstdint>
#include <span>

namespace tegula::tensor {

std::uint16_t f16_from_f32(float value);
std::uint16_t bf16_from_f32(float value);
float f32_from_f16(std::uint16_t bits);   // exact
float f32_from_bf16(std::uint16_t bits);  // exact; a NaN keeps all its bits

// The same for many; both spans have the same size.
void f16_from_f32(std::span<const float> from, std::span<std::uint16_t> to);
void bf16_from_f32(std::span<const float> from, std::span<std::uint16_t> to);
void f32_from_f16(std::span<const std::uint16_t> from, std::span<float> to);
void f32_from_bf16(std::span<const std::uint16_t> from, std::span<float> to);

}  // namespace tegula::tensor

// Element types of tensors: the ggml types of the pinned llama.cpp (ggml/include/ggml.h), by their
// numbers in a GGUF file. A type stores `block_elements` consecutive elements of a row in
// `block_bytes` bytes.
//
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tegula::tensor {

enum class DType : std::uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q8_1 = 9,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  Q8_K = 15,
  IQ2_XXS = 16,
  IQ2_XS = 17,
  IQ3_XXS = 18,
  IQ1_S = 19,
  IQ4_NL = 20,
  IQ3_S = 21,
  IQ2_S = 22,
  IQ4_XS = 23,
  I8 = 24,
  I16 = 25,
  I32 = 26,
  I64 = 27,
  F64 = 28,
  IQ1_M = 29,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
  NVFP4 = 40,
  Q1_0 = 41,
  Q2_0 = 42,
};

struct DTypeTraits {
  DType type;
  std::string_view name;  // as people write it: "Q4_K"
  std::uint32_t block_elements;
  std::uint32_t block_bytes;
  bool quantized;
};

// All of them, by number.
std::span<const DTypeTraits> dtypes();

// The type with this number in a file; empty for numbers never used, and for removed types.
std::optional<DType> dtype_from(std::uint32_t number);

// True for the numbers of types that llama.cpp once had and removed (Q4_2, Q4_0_4_4, …).
bool dtype_removed(std::uint32_t number);

const DTypeTraits& traits(DType type);
std::string_view dtype_name(DType type);

// Bytes of a row; empty if `elements` is not a whole number of blocks, or on overflow.
std::optional<std::uint64_t> row_bytes(DType type, std::uint64_t elements);

// Elements and bytes of a tensor; dimension 0 is the row, the contiguous one. Empty on overflow of
// a signed 64-bit count, and where row_bytes is.
std::optional<std::uint64_t> element_count(std::span<const std::uint64_t> shape);
std::optional<std::uint64_t> tensor_bytes(DType type, std::span<const std::uint64_t> shape);

}  // namespace tegula::tensor

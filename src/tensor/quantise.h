// Rows of floats into ggml's block types and back. The bytes are those of the pinned llama.cpp's
// quantiser compiled with contraction off, and the same from every compiler, processor and number
// of threads (tests/repro/).
//
// Errors: Unsupported for a type that this build cannot write or read, by name and with the list of
// those it can; InvalidArgument for importance that is missing or unusable; Corrupt for values no
// block can hold (not finite, or larger than 65504, the largest F16), and for finite ones that
// would become infinite in F16 or BF16, naming row and column.
// Thread rule: thread-safe; rows are independent of each other.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "tensor/dtype.h"

namespace tegula::tensor {

// Whether quantise() writes this type and dequantise() reads it. F32, F16 and BF16 always are; the
// rest needs llama.cpp's source when Tegula is built.
Result<void> check_writable(DType type);
Result<void> check_readable(DType type);
std::string writable_types();  // "F32, F16, …", for hints

// Types that cannot be written without importance.
bool needs_importance(DType type);

// How much each column of a matrix matters, from an importance matrix; empty for none. Every type
// but the floats and Q8_0 uses it where it is given.
using Importance = std::span<const float>;

// Whether F16 or BF16 would make an infinity of the value, which is none.
bool overflows(DType type, float value);

// `rows.size()` is a multiple of `row_elements`, that of whole blocks; `to` has the bytes of all
// rows. Values smaller than 2^-100 count as zero, since block scales are F16.
Result<void> quantise(DType type, std::span<const float> rows, std::uint64_t row_elements,
                      Importance importance, std::span<std::uint8_t> to);

// Whole blocks; check_readable(type) must hold.
Result<void> dequantise(DType type, ByteView blocks, std::span<float> to);

}  // namespace tegula::tensor

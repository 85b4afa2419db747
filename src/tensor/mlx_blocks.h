// ggml's blocks of 32 weights with one scale, as groups of MLX's affine form: the same codes, the
// same scale, and a bias that says where zero is. Nothing is rounded.
//
// Thread rule: pure functions.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "tensor/dtype.h"
#include "tensor/mlx_affine.h"

namespace tegula::tensor {

// The format that holds blocks of this type exactly: of Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0.
std::optional<MlxFormat> mlx_format_of(DType type);

// Whole blocks of such a type; without their codes if `into.codes` is empty. Scales and biases are
// exact in f32, and in F16 unless a bias passes its range.
void mlx_groups_of(DType type, ByteView blocks, const MlxGroups& into);

}  // namespace tegula::tensor

// Importance matrices: how much each column of each weight matters, as llama-imatrix writes them (a
// GGUF file of the type "imatrix": sums of squares and counts of activations).
//
// Errors: those of read_gguf(); InvalidArgument for a GGUF file of another type; Corrupt for one
// whose tensors do not go together, or hold what is no sum; each names the tensor.
// Thread rule: pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tensor/gguf.h"

namespace tegula::tensor {

// By GGUF's names of the weights, one number a column.
using ImportanceMatrix = std::map<std::string, std::vector<float>, std::less<>>;

Result<ImportanceMatrix> read_importance(const ByteSource& source);

}  // namespace tegula::tensor

// From what a model file says to what the memory estimate needs.
#pragma once

#include "infer/estimate.h"
#include "tensor/model_info.h"

namespace tegula::launch {

infer::ModelShape shape_of(const tensor::ModelInfo& info);

}  // namespace tegula::launch

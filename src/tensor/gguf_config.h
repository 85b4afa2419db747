// The config.json of a model in a GGUF file: what hf_model.h's write_parameters() does, reversed.
//
// Whatever the file says of the model, config.json must say too: the parameters that follow from it
// are compared with those of the file, and one that is missing or differs is refused by its key.
//
// Errors: those of hf_config_of(), Unsupported for parameters that config.json has no place for;
// each names the key.
// Thread rule: pure functions.
#pragma once

#include <span>

#include "codec/json.h"
#include "tensor/gguf.h"
#include "tensor/hf_config.h"

namespace tegula::tensor {

// Special tokens are not in it. `rope_factors` are Llama 3's, or none.
Result<codec::Json> config_json_of(const Gguf& gguf, std::span<const float> rope_factors);

// `config` was read from what config_json_of() gave.
Result<void> check_parameters(const Gguf& gguf, const HfConfig& config);

}  // namespace tegula::tensor

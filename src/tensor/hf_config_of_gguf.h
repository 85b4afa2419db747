// The configuration of the model in a GGUF file, as config.json of the same model would say it:
// sizes, heads, rotary positions. For the names and shapes of its matrices, and for a config.json
// (gguf_config.h), which is held to all that the file says.
//
// Llama and Mistral are one architecture in GGUF; they are called Llama.
//
// Errors: Unsupported for an architecture that is not converted, or one with experts, naming it;
// Corrupt for keys that are missing, of another type or out of bounds; each names the key.
// Thread rule: a pure function.
#pragma once

#include "tensor/gguf.h"
#include "tensor/hf_config.h"

namespace tegula::tensor {

// `gguf` has passed check_model(). The configuration's `json` is null, and
// Llama 3's rotary scaling has no numbers.
Result<HfConfig> hf_config_of(const Gguf& gguf);

}  // namespace tegula::tensor

// A tokenizer as the files of a Hugging Face folder, what tokenizer.h's read_tokenizer() does
// reversed (docs/reference/conversion.md#tokenizers).
//
// Byte-level BPE becomes tokenizer.json. A tokenizer with scores becomes tokenizer.model, which has
// scores and kinds of tokens exactly as they are; merges for a tokenizer.json would have to be
// guessed from them.
//
// Errors: Unsupported for what the files cannot say, Corrupt for what contradicts itself; each
// names the token. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "tensor/hf_config.h"
#include "tensor/tokenizer.h"

namespace tegula::tensor {

struct TextFile {
  std::string name;
  std::string text;
};

// tokenizer.json or tokenizer.model, tokenizer_config.json, and the chat template if there is one.
Result<std::vector<TextFile>> tokenizer_files(const Tokenizer& tokenizer, const HfConfig& config);

}  // namespace tegula::tensor

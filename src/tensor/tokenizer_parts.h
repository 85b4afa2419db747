// What the readers of tokenizers share. Inside of this folder only.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "tensor/tokenizer.h"

namespace tegula::tensor {

// "<0x0A>": stands for one byte.
bool is_byte_token(std::string_view text);

// Whether a token that is not marked as special is one all the same, as llama.cpp's converter sees
// it: "<|…|>", "<unused12>", "<pad>", …
bool looks_special(std::string_view text);

// Adds unused tokens up to `vocabulary`; Corrupt if there are more tokens than that. Spaces of
// user-defined tokens become plain: the engine looks for them in the text as it is.
Result<void> fit_vocabulary(Tokenizer& tokenizer, std::uint64_t vocabulary);

}  // namespace tegula::tensor

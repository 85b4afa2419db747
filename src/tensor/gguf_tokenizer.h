// The tokenizer in a GGUF file: what tokenizer.h's write_tokenizer() wrote, read again.
//
// Errors: Corrupt for keys that are missing, of another type or contradict each other, Unsupported
// for tokenizers that Hugging Face's files have no counterpart of here; each names the key.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/gguf.h"
#include "tensor/tokenizer.h"

namespace tegula::tensor {

// Of a file that check_model() accepted. What it leaves to the engine's defaults, such as whether
// BOS is added, is filled in.
Result<Tokenizer> read_gguf_tokenizer(const Gguf& gguf, const ByteSource& source);

// The tokens that end an answer: EOS, those that the file names, and those that the engine knows by
// their text. Ascending, EOS first.
std::vector<std::uint32_t> end_tokens(const Gguf& gguf, const Tokenizer& tokenizer);

}  // namespace tegula::tensor

// A model's tokenizer as a GGUF file keeps it, from the files of a Hugging Face folder
// (docs/reference/conversion.md#tokenizers).
//
// Errors: NotFound without tokenizer.model and tokenizer.json; Corrupt for a broken one, and for a
// vocabulary with holes; Unsupported, by name, for what llama.cpp has no counterpart of. Each names
// the file.
// Thread rule: values and functions over them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "os/file_system.h"
#include "tensor/gguf_writer.h"
#include "tensor/sentencepiece.h"

namespace tegula::tensor {

struct Tokenizer {
  std::string model;                // "llama": by scores; "gpt2": byte-level BPE; "gemma4"
  std::string pre;                  // how text is cut before merging: "llama-bpe", "qwen2", …
  std::vector<std::string> tokens;  // by id
  std::vector<float> scores;        // one a token, or none
  std::vector<std::int32_t> types;  // PieceType
  std::vector<std::string> merges;  // "a b", in the order of their rank; "llama" does not need them
  std::optional<std::uint32_t> bos, eos, unknown, padding;
  std::optional<bool> add_bos, add_eos, add_space_prefix;
  std::string chat_template;  // Jinja; may be empty
};

// With `vocabulary` tokens, the rows of the embedding: tokens that only exist there are written as
// unused. `config` is the model's config.json.
Result<Tokenizer> read_tokenizer(const os::FileSystem& fs, const os::Path& folder,
                                 const codec::Json& config, std::uint64_t vocabulary);

// As llama.cpp keeps that of a Gemma 4: a model of its own, with merges.
Result<void> make_gemma4(Tokenizer& tokenizer);

void write_tokenizer(const Tokenizer& tokenizer, GgufWriter& writer);

// --- the parts, for tests and fuzzing ---

// Byte-level BPE of a parsed tokenizer.json, and BPE with byte fallback, which becomes scores.
Result<Tokenizer> tokenizer_of_json(const codec::Json& json, std::uint64_t vocabulary);
Result<Tokenizer> tokenizer_of_sentencepiece(const SentencePieceModel& model,
                                             std::uint64_t vocabulary);

// Gives a SentencePiece model the tokens of added_tokens.json, null if there is none, and those of
// tokenizer_config.json, which may also give other texts. Corrupt where the two, or the first and
// the model, do not agree.
Result<void> add_tokens(Tokenizer& tokenizer, const codec::Json& added,
                        const codec::Json& settings);

// llama.cpp's name for the way a tokenizer.json cuts text; empty if it has none.
std::string_view pre_tokenizer_name(const codec::Json& json);

}  // namespace tegula::tensor

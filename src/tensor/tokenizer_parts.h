// What the readers and the writer of tokenizers share. Inside of this folder only.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

// How a tokenizer.json says in which way text is cut before merging.
struct TextCut {
  codec::Json normalizer;  // null: none
  codec::Json pre_tokenizer;
  bool ignores_merges = false;  // whole words are looked up first
};

// That of llama.cpp's name, the reverse of pre_tokenizer_name(); empty if it is not known.
std::optional<TextCut> text_cut_of(std::string_view pre);
std::string known_pre_tokenizers();  // for hints

// How SentencePiece writes a space: U+2581.
inline constexpr std::string_view kPieceSpace = "\xE2\x96\x81";

void replace_all(std::string& text, std::string_view what, std::string_view with);

// The score of tokens that a folder adds to a SentencePiece model.
inline constexpr float kAddedScore = -1000.0F;

// Of ids that only the embedding has, below them no token.
std::string unused_token(std::uint64_t id);  // "[PAD12]"
inline constexpr float kUnusedScore = -10000.0F;

}  // namespace tegula::tensor

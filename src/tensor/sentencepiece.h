// Reads and writes a SentencePiece model, `tokenizer.model`: a protobuf message
// (sentencepiece_model.proto). Only what a GGUF file keeps of it is taken; unknown fields are
// passed over, as protobuf asks.
//
// Errors: Corrupt for bytes that are no such message, Unsupported past a limit.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula::tensor {

enum class PieceType : std::int32_t {  // numbers of both the message and GGUF
  Normal = 1,
  Unknown = 2,
  Control = 3,
  UserDefined = 4,
  Unused = 5,
  Byte = 6,
};

struct Piece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::Normal;
};

struct SentencePieceModel {
  std::vector<Piece> pieces;     // by token id
  bool is_bpe = false;           // else unigram
  bool add_dummy_prefix = true;  // a space in front of every text
  bool remove_extra_whitespaces = true;
};

Result<SentencePieceModel> read_sentencepiece(ByteView bytes);

// Ids of tokens with a role of their own.
struct SpecialPieces {
  std::uint32_t unknown = 0;  // SentencePiece cannot do without
  std::optional<std::uint32_t> bos, eos, padding;
};

// What read_sentencepiece() reads as the same model. Text is not normalised, and bytes stand for
// what no token does if there are pieces for them.
std::string write_sentencepiece(const SentencePieceModel& model, const SpecialPieces& special);

}  // namespace tegula::tensor

#include <algorithm>
#include <bit>

#include "tensor/sentencepiece.h"

namespace tegula::tensor {
namespace {

// A protobuf message, field by field.
class Message {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void real(std::uint32_t field, float value) {
    varint(field << 3 | 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) out_.push_back(static_cast<char>(bits >> shift));
  }
  void text(std::uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    out_ += value;
  }
  const std::string& bytes() const { return out_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }

  std::string out_;
};

std::string piece_of(const Piece& piece) {
  Message out;
  out.text(1, piece.text);
  out.real(2, piece.score);
  out.number(3, static_cast<std::uint64_t>(piece.type));
  return out.bytes();
}

// TrainerSpec: what the library reads of it when it encodes. -1 stands for no such token.
std::string trainer_of(const SentencePieceModel& model, const SpecialPieces& special) {
  Message out;
  out.number(3, model.is_bpe ? 2 : 1);
  out.number(4, model.pieces.size());
  out.number(35, static_cast<std::uint64_t>(std::ranges::any_of(
                     model.pieces, [](const Piece& p) { return p.type == PieceType::Byte; })));
  const auto role = [&](std::uint32_t offset, std::optional<std::uint32_t> id) {
    out.number(40 + offset, id ? *id : UINT64_MAX);
    if (id) out.text(45 + offset, model.pieces[*id].text);
  };
  role(0, special.unknown);
  role(1, special.bos);
  role(2, special.eos);
  role(3, special.padding);
  return out.bytes();
}

std::string normalizer_of(const SentencePieceModel& model) {
  Message out;
  out.text(1, "identity");
  out.number(3, static_cast<std::uint64_t>(model.add_dummy_prefix));
  out.number(4, static_cast<std::uint64_t>(model.remove_extra_whitespaces));
  out.number(5, 1);  // spaces become U+2581
  return out.bytes();
}

}  // namespace

std::string write_sentencepiece(const SentencePieceModel& model, const SpecialPieces& special) {
  Message out;
  for (const Piece& piece : model.pieces) out.text(1, piece_of(piece));
  out.text(2, trainer_of(model, special));
  out.text(3, normalizer_of(model));
  return out.bytes();
}

}  // namespace tegula::tensor

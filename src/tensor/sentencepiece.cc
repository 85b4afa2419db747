#include "tensor/sentencepiece.h"

#include <bit>
#include <optional>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "tensor/window.h"

namespace tegula::tensor {
namespace {

// Protobuf wire types; the other two, groups, are not used by this message.
enum class Wire : std::uint32_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

// One field of a message. `number` is a varint or a fixed value, `bytes` a string or a message.
struct Field {
  std::uint64_t id = 0;
  Wire wire = Wire::Varint;
  std::uint64_t number = 0;
  ByteView bytes;
};

// The fields of a message, one after the other.
class Fields {
 public:
  explicit Fields(ByteView message) : left_(message) {}

  // Empty at the end.
  Result<std::optional<Field>> next() {
    if (left_.empty()) return std::nullopt;
    const std::uint64_t key = TRY(varint());
    Field field;
    field.id = key >> 3;
    field.wire = static_cast<Wire>(key & 7);
    switch (field.wire) {
      case Wire::Varint: field.number = TRY(varint()); return field;
      case Wire::Fixed64: field.number = load_u64(TRY(take(8))); return field;
      case Wire::Fixed32: field.number = load_u32(TRY(take(4))); return field;
      case Wire::Bytes: field.bytes = TRY(take(TRY(varint()))); return field;
    }
    return fail(Code::Corrupt, fmt::format("unknown wire type {}", key & 7));
  }

 private:
  Result<ByteView> take(std::uint64_t count) {
    if (count > left_.size()) return fail(Code::Corrupt, "a field ends after the file");
    const ByteView taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }

  Result<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = TRY(take(1))[0];
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return fail(Code::Corrupt, "a number has more than ten bytes");
  }

  ByteView left_;
};

Result<Piece> read_piece(ByteView message) {
  Piece piece;
  Fields fields(message);
  while (const std::optional<Field> field = TRY(fields.next())) {
    if (field->id == 1 && field->wire == Wire::Bytes) piece.text = text_of(field->bytes);
    if (field->id == 2 && field->wire == Wire::Fixed32)
      piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field->number));
    if (field->id != 3 || field->wire != Wire::Varint) continue;
    if (field->number < 1 || field->number > 6)
      return fail(Code::Corrupt, fmt::format("unknown type {}", field->number));
    piece.type = static_cast<PieceType>(field->number);
  }
  if (piece.text.empty()) return fail(Code::Corrupt, "the text is empty");
  if (!is_utf8(piece.text)) return fail(Code::Corrupt, "the text is not UTF-8");
  return piece;
}

Result<void> read_trainer(ByteView message, SentencePieceModel& out) {
  Fields fields(message);
  while (const std::optional<Field> field = TRY(fields.next())) {
    if (field->id != 3 || field->wire != Wire::Varint) continue;
    if (field->number != 1 && field->number != 2) {
      return fail(Code::Unsupported, "words and single characters as tokens are not converted",
                  "SentencePiece models of the kinds unigram and BPE are");
    }
    out.is_bpe = field->number == 2;
  }
  return {};
}

Result<void> read_normalizer(ByteView message, SentencePieceModel& out) {
  Fields fields(message);
  while (const std::optional<Field> field = TRY(fields.next())) {
    if (field->wire != Wire::Varint) continue;
    if (field->id == 3) out.add_dummy_prefix = field->number != 0;
    if (field->id == 4) out.remove_extra_whitespaces = field->number != 0;
  }
  return {};
}

}  // namespace

Result<SentencePieceModel> read_sentencepiece(ByteView bytes) {
  SentencePieceModel out;
  Fields fields(bytes);
  while (const std::optional<Field> field = TRY(fields.next())) {
    if (field->wire != Wire::Bytes) continue;
    if (field->id == 1) {
      if (out.pieces.size() == limits::kTokensMax) {
        return fail(Code::Unsupported,
                    fmt::format("the vocabulary has more than {} tokens", limits::kTokensMax));
      }
      const std::string where = fmt::format("token {}", out.pieces.size());
      out.pieces.push_back(TRY(read_piece(field->bytes), where));
    }
    if (field->id == 2) TRY(read_trainer(field->bytes, out));
    if (field->id == 3) TRY(read_normalizer(field->bytes, out));
  }
  if (out.pieces.empty()) return fail(Code::Corrupt, "not a SentencePiece model: it has no tokens");
  return out;
}

}  // namespace tegula::tensor

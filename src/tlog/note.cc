#include "tlog/note.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "tlog/cosignature.h"
#include "tlog/lines.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kMark = "\u2014 ";  // em dash and space
constexpr std::size_t kIdBytes = 4;

std::unexpected<Error> no_note(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a signed note: {}", why));
}

std::unexpected<Error> over(std::string_view what, std::size_t is, std::size_t max) {
  return fail(Code::Exhausted, fmt::format("a note with {} {}, at most {}", is, what, max));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && is_utf8(text) && !has_control(text);
}

std::uint32_t read_id(ByteView bytes) {
  std::uint32_t id = 0;
  for (const std::uint8_t byte : bytes.first(kIdBytes)) id = id << 8 | byte;
  return id;
}

// What the signature of this key says about the text; nothing but for a cosignature's time.
Result<std::optional<std::uint64_t>> check_signature(std::string_view text, const NoteKey& key,
                                                     ByteView signature) {
  switch (key.type()) {
    case SignatureType::Ed25519:
    case SignatureType::Ecdsa:
      TRY(key.key().verify(bytes_of(text), signature));
      return std::nullopt;
    case SignatureType::Cosignature: return TRY(verify_cosignature(text, signature, key.key()));
  }
  return std::nullopt;
}

NoteSignature line_of(const NoteKey& key, Bytes bytes) {
  return {.name = key.name(), .key_id = key.id(), .bytes = std::move(bytes)};
}

}  // namespace

Result<NoteSignature> parse_signature(std::string_view line) {
  std::string_view rest = line;
  if (!rest.starts_with(kMark))
    return no_note("expected a signature line, such as \"\u2014 example.com/log Az3grlgt…\"");
  rest.remove_prefix(kMark.size());
  const std::string_view name = take_word(rest).value_or("");
  if (name.size() > limits::kKeyNameBytesMax)
    return over("bytes in a key's name", name.size(), limits::kKeyNameBytesMax);
  if (!is_key_name(name)) return no_note("a signature without the name of a key");
  const auto bytes = base64_decode(rest);
  if (!bytes || bytes->size() <= kIdBytes)
    return no_note(fmt::format("the signature of {} is not one in base64", printable(name)));
  if (bytes->size() - kIdBytes > limits::kNoteSignatureBytesMax)
    return over("bytes in a signature", bytes->size() - kIdBytes, limits::kNoteSignatureBytesMax);
  return NoteSignature{.name = std::string(name),
                       .key_id = read_id(*bytes),
                       .bytes = Bytes(bytes->begin() + kIdBytes, bytes->end())};
}

std::string encode(const NoteSignature& signature) {
  Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(signature.key_id >> shift));
  bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
  return fmt::format("{}{} {}\n", kMark, signature.name, base64_encode(bytes));
}

Result<Note> parse_note(std::string_view text) {
  if (text.size() > limits::kNoteBytesMax) return over("bytes", text.size(), limits::kNoteBytesMax);
  if (!is_note_text(text))
    return no_note("expected UTF-8 without control characters, and a line feed at the end");
  const std::size_t blank = text.rfind("\n\n");
  if (blank == text.npos || blank + 2 == text.size())
    return no_note("expected a text, an empty line and signatures");
  Note out{.text = std::string(text.substr(0, blank + 1)), .signatures = {}};
  for (std::string_view rest = text.substr(blank + 2); !rest.empty();) {
    if (out.signatures.size() == limits::kNoteSignaturesMax)
      return over("signatures", out.signatures.size() + 1, limits::kNoteSignaturesMax);
    out.signatures.push_back(TRY(parse_signature(take_line(rest).value_or(""))));
  }
  return out;
}

std::string encode(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) out += encode(signature);
  return out;
}

Result<NoteSignature> sign_note(std::string_view text, const NoteKey& key,
                                const crypto::Signer& signer) {
  CHECK(key.type() != SignatureType::Cosignature && key.key() == signer.public_key());
  if (!is_note_text(text)) return fail(Code::InvalidArgument, "this text can't be a note");
  return line_of(key, TRY(signer.sign(bytes_of(text))));
}

Result<NoteSignature> cosign_note(std::string_view text, std::uint64_t time_s, const NoteKey& key,
                                  const crypto::Signer& signer) {
  CHECK(key.type() == SignatureType::Cosignature && key.key() == signer.public_key());
  if (!is_note_text(text)) return fail(Code::InvalidArgument, "this text can't be a note");
  return line_of(key, TRY(cosign(text, time_s, signer)));
}

Result<std::vector<VerifiedSignature>> verify_note(const Note& note,
                                                   std::span<const NoteKey> known) {
  std::vector<VerifiedSignature> out;
  for (const NoteSignature& signature : note.signatures) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i].id() != signature.key_id || known[i].name() != signature.name) continue;
      const auto time_s = TRY(check_signature(note.text, known[i], signature.bytes),
                              fmt::format("the signature of {}", printable(signature.name)));
      out.push_back({.key = i, .time_s = time_s});
    }
  }
  if (out.empty())
    return fail(Code::Untrusted, "none of the note's signatures is by a key that is known here");
  return out;
}

}  // namespace tegula::tlog

#include "tlog/note_key.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace tegula::tlog {
namespace {

// Unicode's White_Space beyond ASCII.
bool is_wide_space(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_name_character(const CodePoint& c) {
  return c.valid && c.value > ' ' && c.value != '+' && !is_wide_space(c.value);
}

// What follows the type in a vkey, and in the hash.
Bytes material_of(SignatureType type, const crypto::PublicKey& key) {
  if (type == SignatureType::Ecdsa) return key.der();
  const crypto::Ed25519Bytes raw = key.ed25519_bytes();
  return {raw.begin(), raw.end()};
}

Hash256 hash_of(std::string_view name, SignatureType type, const crypto::PublicKey& key) {
  const Bytes material = material_of(type, key);
  crypto::Sha256 sha;
  if (type != SignatureType::Ecdsa) {
    const std::uint8_t head[] = {'\n', std::to_underlying(type)};
    sha.update(bytes_of(name));
    sha.update(head);
  }
  sha.update(material);
  return sha.finish();
}

Result<crypto::PublicKey> key_of(SignatureType type, ByteView material) {
  if (type == SignatureType::Ecdsa) return crypto::PublicKey::from_der(material);
  if (material.size() != sizeof(crypto::Ed25519Bytes))
    return fail(Code::InvalidArgument,
                fmt::format("an Ed25519 key has 32 bytes, not {}", material.size()));
  return crypto::PublicKey::ed25519(material.first<sizeof(crypto::Ed25519Bytes)>());
}

Result<SignatureType> type_of(std::uint8_t byte) {
  for (const SignatureType type :
       {SignatureType::Ed25519, SignatureType::Ecdsa, SignatureType::Cosignature})
    if (byte == std::to_underlying(type)) return type;
  return fail(Code::Unsupported, fmt::format("signatures of type 0x{:02x} can't be checked", byte),
              "known are 0x01 (Ed25519), 0x02 (ECDSA P-256) and 0x04 (cosignature/v1)");
}

Result<NoteKey> key_from(std::string_view name, ByteView type_and_material) {
  if (type_and_material.empty()) return fail(Code::InvalidArgument, "the key is empty");
  const ByteView material = type_and_material.subspan(1);
  const SignatureType type = TRY(type_of(type_and_material[0]));
  crypto::PublicKey key = TRY(key_of(type, material));
  return NoteKey::create(std::string(name), type, std::move(key));
}

Result<NoteKey> parse_parts(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == vkey.npos ? vkey.npos : vkey.find('+', first + 1);
  if (second == vkey.npos)
    return fail(Code::InvalidArgument, "expected a name, an id and a key with + between them",
                "such as example.com/log+33d7b496+AeHTu4Q3…");
  const std::string_view name = vkey.substr(0, first);
  const std::string_view id = vkey.substr(first + 1, second - first - 1);
  const Bytes rest = TRY(base64_decode(vkey.substr(second + 1)));
  NoteKey key = TRY(key_from(name, rest));
  if (const std::string want = fmt::format("{:08x}", key.id()); id != want)
    return fail(Code::InvalidArgument,
                fmt::format("the id is \"{}\", but of this name and key {}", printable(id), want),
                "a key was copied without its name, or was changed");
  return key;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const CodePoint c = utf8_next(name);
    if (!is_name_character(c)) return false;
    name.remove_prefix(c.bytes);
  }
  return true;
}

NoteKey::NoteKey(std::string name, SignatureType type, crypto::PublicKey key)
    : name_(std::move(name)),
      type_(type),
      key_(std::move(key)),
      hash_(hash_of(name_, type_, key_)) {}

Result<NoteKey> NoteKey::create(std::string name, SignatureType type, crypto::PublicKey key) {
  if (name.size() > limits::kKeyNameBytesMax)
    return fail(Code::Exhausted, fmt::format("a key's name of {} bytes, at most {}", name.size(),
                                             limits::kKeyNameBytesMax));
  if (!is_key_name(name))
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not a key's name", printable(name)),
                "a name has no spaces and no plus signs, such as example.com/log");
  const crypto::KeyType want =
      type == SignatureType::Ecdsa ? crypto::KeyType::P256 : crypto::KeyType::Ed25519;
  if (key.type() != want)
    return fail(Code::InvalidArgument,
                fmt::format("expected an {} key, got {}", name_of(want), name_of(key.type())));
  return NoteKey(std::move(name), type, std::move(key));
}

Result<NoteKey> NoteKey::parse(std::string_view vkey) {
  if (vkey.size() > limits::kVkeyBytesMax)
    return fail(Code::Exhausted,
                fmt::format("a vkey of {} bytes, at most {}", vkey.size(), limits::kVkeyBytesMax));
  return TRY(parse_parts(vkey), fmt::format("vkey \"{}\"", printable(vkey)));
}

std::string NoteKey::str() const {
  Bytes rest = {std::to_underlying(type_)};
  const Bytes material = material_of(type_, key_);
  rest.insert(rest.end(), material.begin(), material.end());
  return fmt::format("{}+{:08x}+{}", name_, id(), base64_encode(rest));
}

std::uint32_t NoteKey::id() const {
  return std::uint32_t{hash_[0]} << 24 | std::uint32_t{hash_[1]} << 16 |
         std::uint32_t{hash_[2]} << 8 | hash_[3];
}

}  // namespace tegula::tlog

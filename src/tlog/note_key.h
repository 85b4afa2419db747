// The keys that sign notes (C2SP signed-note v1.0.0, "Signatures" and "Verifier keys";
// docs/reference/signed-note.md). A key has a name, and one key under two names, or for two types
// of signatures, is two keys.
//
// Thread rule: a value. Errors: InvalidArgument for what is no vkey, Unsupported for a type of
// signature that we don't check, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/key.h"
#include "tlog/merkle.h"

namespace tegula::tlog {

enum class SignatureType : std::uint8_t {
  Ed25519 = 0x01,      // of the note's text
  Ecdsa = 0x02,        // the same with P-256, as older Sigstore logs sign
  Cosignature = 0x04,  // cosignature/v1: Ed25519 with a time (C2SP tlog-cosignature)
};

// Some UTF-8 without Unicode spaces, plus signs and control characters.
bool is_key_name(std::string_view name);

class NoteKey {
 public:
  static Result<NoteKey> create(std::string name, SignatureType type, crypto::PublicKey key);

  // "<name>+<id as 8 hexadecimal characters>+<base64 of type and key>": a vkey.
  static Result<NoteKey> parse(std::string_view vkey);
  std::string str() const;

  const std::string& name() const { return name_; }
  SignatureType type() const { return type_; }
  const crypto::PublicKey& key() const { return key_; }

  // The first four bytes, big-endian, of the hash below: with the name, what a signature line names
  // its key by. Not a commitment to the key.
  std::uint32_t id() const;

  // SHA-256(name ‖ "\n" ‖ type ‖ key), or of the DER alone for ECDSA: what Sigstore calls a log id.
  const Hash256& hash() const { return hash_; }

  bool operator==(const NoteKey& other) const {
    return name_ == other.name_ && type_ == other.type_ && key_ == other.key_;
  }

 private:
  NoteKey(std::string name, SignatureType type, crypto::PublicKey key);

  std::string name_;
  SignatureType type_;
  crypto::PublicKey key_;
  Hash256 hash_;
};

}  // namespace tegula::tlog

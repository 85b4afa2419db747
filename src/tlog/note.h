// Signed notes: a text and the signatures of named keys under it (C2SP signed-note v1.0.0;
// docs/reference/signed-note.md).
//
// Thread rule: free functions over values. Errors: Corrupt for what is no note, Exhausted past a
// limit, Untrusted if its signatures don't hold.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/signer.h"
#include "tlog/note_key.h"

namespace tegula::tlog {

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes bytes;  // what stands behind the key's id

  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  // UTF-8, ends with a line feed; worth nothing before verify_note
  std::vector<NoteSignature> signatures;  // at least one

  bool operator==(const Note&) const = default;
};

// Exactly the texts that encode writes.
Result<Note> parse_note(std::string_view text);
std::string encode(const Note& note);

// One line "— <name> <base64>", as it stands in a note and in a witness's answer; encode puts a
// line feed behind it.
Result<NoteSignature> parse_signature(std::string_view line);
std::string encode(const NoteSignature& signature);

// `signer` has the private half of `key`, whose type decides which of the two it is.
// InvalidArgument for a text that can't be a note's.
Result<NoteSignature> sign_note(std::string_view text, const NoteKey& key,
                                const crypto::Signer& signer);
Result<NoteSignature> cosign_note(std::string_view text, std::uint64_t time_s, const NoteKey& key,
                                  const crypto::Signer& signer);

struct VerifiedSignature {
  std::size_t key = 0;                    // its place among the known keys
  std::optional<std::uint64_t> time_s{};  // of a cosignature

  bool operator==(const VerifiedSignature&) const = default;
};

// The signatures of known keys, in the order of the note. Those of unknown keys are ignored; a bad
// one of a known key, or none of any, makes the whole note Untrusted.
Result<std::vector<VerifiedSignature>> verify_note(const Note& note,
                                                   std::span<const NoteKey> known);

}  // namespace tegula::tlog

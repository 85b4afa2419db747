// What is known of a blob that is on its way in (docs/reference/store.md#partial-blob): which
// pieces were written, and the hash that each had. Lines are added as pieces come; a line that a
// crash cut short, or that makes no sense, is passed over, since a piece counts only if its bytes
// still have the hash.
//
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sha256.h"

namespace tegula::content {

struct PartialJournal {
  std::uint64_t size = 0;    // of the whole blob
  std::string version = {};  // what its keeper calls these bytes; empty: nothing
  std::map<std::uint64_t, crypto::Hash256> pieces = {};

  bool operator==(const PartialJournal&) const = default;
};

std::string encode(const PartialJournal& journal);

// The line that encode() has for one piece.
std::string journal_line(std::uint64_t piece, const crypto::Hash256& hash);

// Corrupt if the head is not one. The inverse of encode.
Result<PartialJournal> parse_partial_journal(std::string_view text);

// What can stand in a journal: one line of printable ASCII, within limits. Anything else counts as
// no name.
bool is_version(std::string_view text);

}  // namespace tegula::content

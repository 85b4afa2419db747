// The history of one name:tag on this machine, as its file under repos/ holds it: one line a
// version, `sha256:<hex> <RFC 3339 time> <event>`, oldest first; the last is the current one
// (docs/reference/store.md).
//
// Thread rule: values. Errors: Corrupt for text that doesn't parse, Exhausted past a limit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "content/digest.h"

namespace tegula::content {

struct TagVersion {
  Digest digest;
  std::string time;   // RFC 3339, UTC
  std::string event;  // a word: built, tagged, copied, rolled-back, …

  bool operator==(const TagVersion&) const = default;
};

// Never empty: a tag without versions has no file.
using TagHistory = std::vector<TagVersion>;

Result<TagHistory> parse_tag_file(std::string_view text);
std::string encode(const TagHistory& history);  // the inverse of parse_tag_file

// A lower-case word of at most 32 characters: [a-z][a-z-]*.
bool is_event(std::string_view text);

}  // namespace tegula::content

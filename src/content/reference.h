// A reference is how people name a model: host[:port]/path[:tag][@sha256:…], the grammar of
// distribution/reference. A first component is a host if it holds a "." or ":" or is "localhost";
// without a host the name is this machine's own: starter, team/starter:v2.
//
// Stricter than distribution in one point: a host is written in lower case, so that one model has
// one name. docs/reference/reference.md holds the grammar.
//
// Thread rule: a value. Errors: InvalidArgument with a hint, Exhausted past a limit.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "content/digest.h"

namespace tegula::content {

inline constexpr std::string_view kDefaultTag = "latest";

class Reference {
 public:
  static Result<Reference> parse(std::string_view text);

  // The inverse of parse: what was given, no tag added.
  std::string str() const;

  const std::string& host() const { return host_; }  // empty: a local name
  const std::string& path() const { return path_; }
  std::string name() const;  // host/path or path

  bool has_tag() const { return !tag_.empty(); }
  std::string tag() const { return tag_.empty() ? std::string(kDefaultTag) : tag_; }

  // A digest wins over a tag.
  const std::optional<Digest>& digest() const { return digest_; }

  Reference with_tag(std::string tag) const;  // CHECKs the tag; the digest goes
  Reference with_digest(const Digest& digest) const;

  auto operator<=>(const Reference&) const = default;

 private:
  Reference() = default;

  std::string host_, path_, tag_;
  std::optional<Digest> digest_;
};

bool is_tag(std::string_view text);

}  // namespace tegula::content

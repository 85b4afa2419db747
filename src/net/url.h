// Addresses of things on the web: the part of RFC 3986 that http and https need
// (docs/reference/url.md).
//
// parse() is strict. It takes absolute URLs only, refuses a user name and password (a secret in a
// name), a fragment, and whatever the grammar doesn't allow; it repairs nothing. Scheme and host
// come out in lower case, a default port is left away and an empty path is "/", so that one address
// has one spelling; parse(x.str()) is x.
//
// Thread rule: a value. Errors: InvalidArgument, Exhausted past a limit.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tegula::net {

class Url {
 public:
  static Result<Url> parse(std::string_view text);

  std::string str() const;

  const std::string& scheme() const { return scheme_; }  // "http" or "https"
  const std::string& host() const { return host_; }      // an IPv6 address with its brackets
  std::uint16_t port() const;                            // the scheme's own if none was given
  const std::string& path() const { return path_; }      // as written, escapes and all
  const std::string& query() const { return query_; }    // without its "?"

  std::string authority() const;  // "host" or "host:5000"
  std::string origin() const;     // "https://host:5000": who gets to see a credential

  bool is_secure() const { return scheme_ == "https"; }

  // "localhost" and the addresses of this machine, where nobody is on the way.
  bool is_loopback() const;

  // What a Location header in a reply to this address means (RFC 3986 §5.2).
  Result<Url> resolve(std::string_view reference) const;

  // Adds "name=value" to the query, both escaped.
  Url with_query(std::string_view name, std::string_view value) const;

  auto operator<=>(const Url&) const = default;

 private:
  Url() = default;
  bool take_authority(std::string_view text);

  std::string scheme_, host_, path_, query_;
  std::uint16_t port_ = 0;  // 0: the scheme's own
  bool has_query_ = false;  // an empty query is not the same as none
};

// Everything but letters, digits and "-._~" as %XX: one segment of a path, one part of a query.
std::string percent_encode(std::string_view text);

}  // namespace tegula::net

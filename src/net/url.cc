#include "net/url.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool is_one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

std::unexpected<Error> refuse(std::string_view text, std::string_view why, std::string hint = {}) {
  return fail(Code::InvalidArgument, fmt::format("URL \"{}\": {}", printable(text, 200), why),
              std::move(hint));
}

// pchar / "/" of RFC 3986 §3.3, and what else the part may hold.
bool is_made_of_pchars(std::string_view text, std::string_view others) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(c) && !is_one_of(c, "!$&'()*+,;=:@") && !is_one_of(c, others)) {
      return false;
    }
  }
  return true;
}

// Labels of letters, digits, "-" and "_"; the resolver knows the rest. "_" is no letter of a host's
// name, but container networks have such hosts.
bool is_name(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.find("..") != text.npos) return false;
  return std::ranges::all_of(
      text, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_ipv6(std::string_view text) {  // with its brackets
  return text.size() > 3 && text.front() == '[' && text.back() == ']' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || text[0] == '0')
    return std::nullopt;
  return port;
}

// RFC 3986 §5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_open = false;  // the last segment was "." or "..": the result ends with "/"
  for (std::string_view rest = path.substr(1);;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    ends_open = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!ends_open) kept.push_back(segment);
    if (slash == rest.npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (ends_open || out.empty()) out += "/";
  return out;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > limits::kUrlBytesMax)
    return fail(Code::Exhausted,
                fmt::format("URL \"{}\": {} bytes; at most {} are allowed", printable(text, 80),
                            text.size(), limits::kUrlBytesMax));
  Url out;
  const std::size_t colon = text.find("://");
  out.scheme_ = lower_ascii(text.substr(0, colon == text.npos ? 0 : colon));
  if (out.scheme_ != "http" && out.scheme_ != "https")
    return refuse(text, "expected it to begin with https:// or http://");
  std::string_view rest = text.substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != authority.npos)
    return fail(Code::InvalidArgument, "a URL with a user name or password is refused",
                "take them out of the URL; docs/reference/pull.md says where credentials go");
  if (!out.take_authority(authority))
    return refuse(text, "it names no host, or no port from 1 to 65535");
  const std::size_t question = rest.find('?');
  out.path_ = question == 0 || rest.empty() ? "/" : rest.substr(0, question);
  if (question != rest.npos) out.query_ = rest.substr(question + 1);
  out.has_query_ = question != rest.npos;
  if (!is_made_of_pchars(out.path_, "/") || !is_made_of_pchars(out.query_, "/?"))
    return refuse(text, "it holds a character that must be escaped, or a fragment",
                  "write the character as %XX");
  return out;
}

bool Url::take_authority(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon != text.npos) {
    const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
    if (!port) return false;
    port_ = *port == (is_secure() ? 443 : 80) ? 0 : *port;
    text = text.substr(0, colon);
  }
  host_ = lower_ascii(text);
  return is_name(host_) || is_ipv6(host_);
}

std::string Url::str() const {
  return fmt::format("{}://{}{}{}{}", scheme_, authority(), path_, has_query_ ? "?" : "", query_);
}

std::uint16_t Url::port() const {
  if (port_ != 0) return port_;
  return is_secure() ? 443 : 80;
}

std::string Url::authority() const {
  return port_ == 0 ? host_ : fmt::format("{}:{}", host_, port_);
}

std::string Url::origin() const { return fmt::format("{}://{}", scheme_, authority()); }

bool Url::is_loopback() const {
  const bool is_ipv4 = host_.starts_with("127.") && std::ranges::count(host_, '.') == 3 &&
                       std::ranges::all_of(host_, [](char c) { return is_digit(c) || c == '.'; });
  return host_ == "localhost" || host_ == "[::1]" || is_ipv4;
}

Result<Url> Url::resolve(std::string_view reference) const {
  reference = reference.substr(0, reference.find('#'));  // for browsers
  const std::size_t colon = reference.find(':');
  const bool has_scheme = colon != reference.npos && colon < reference.find_first_of("/?");
  if (has_scheme) return parse(reference);
  if (reference.starts_with("//")) return parse(fmt::format("{}:{}", scheme_, reference));
  const std::string_view path = reference.substr(0, reference.find('?'));
  const std::string_view query = reference.substr(path.size());
  std::string merged(path);
  if (path.empty()) {
    merged = path_;
  } else if (!path.starts_with('/')) {
    merged = path_.substr(0, path_.rfind('/') + 1) + merged;
  }
  if (reference.empty()) return *this;
  return parse(fmt::format("{}{}{}", origin(), without_dots(merged), query));
}

Url Url::with_query(std::string_view name, std::string_view value) const {
  Url out = *this;
  if (!out.query_.empty()) out.query_ += "&";
  out.query_ += percent_encode(name) + "=" + percent_encode(value);
  out.has_query_ = true;
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace tegula::net

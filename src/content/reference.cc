#include "content/reference.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::content {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_low_alphanumeric(char c) { return is_lower(c) || is_digit(c); }

// The end of a run of `[a-z0-9]` from `at` on.
std::size_t skip_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_low_alphanumeric(text[at])) ++at;
  return at;
}

// The end of a separator `.`, `_`, `__` or `-+` from `at` on; `at` itself if there is none.
std::size_t skip_separator(std::string_view text, std::size_t at) {
  if (text[at] == '.') return at + 1;
  if (text[at] == '_') return at + (text.substr(at, 2) == "__" ? 2 : 1);
  while (at < text.size() && text[at] == '-') ++at;
  return at;
}

// path-component: [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_path_component(std::string_view text) {
  std::size_t at = skip_word(text, 0);
  if (at == 0) return false;
  while (at < text.size()) {
    const std::size_t separator_end = skip_separator(text, at);
    if (separator_end == at) return false;
    at = skip_word(text, separator_end);
    if (at == separator_end) return false;
  }
  return true;
}

bool is_path(std::string_view text) {
  for (std::size_t slash; (slash = text.find('/')) != text.npos; text.remove_prefix(slash + 1))
    if (!is_path_component(text.substr(0, slash))) return false;
  return is_path_component(text);
}

// domain-component: [a-z0-9]([a-z0-9-]*[a-z0-9])?
bool is_domain_component(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_low_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
  for (std::size_t dot; (dot = text.find('.')) != text.npos; text.remove_prefix(dot + 1))
    if (!is_domain_component(text.substr(0, dot))) return false;
  return is_domain_component(text);
}

bool is_ipv6(std::string_view text) {  // with its brackets; the resolver knows the rest
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
         });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] == '0') return false;
  if (!std::ranges::all_of(text, is_digit)) return false;
  int port = 0;
  for (const char c : text) port = port * 10 + (c - '0');
  return port <= 65535;
}

bool is_host(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  const std::string_view name = text.substr(0, colon);
  if (!is_domain(name) && !is_ipv6(name)) return false;
  return colon == text.npos || is_port(text.substr(colon + 1));
}

bool looks_like_host(std::string_view component) {
  if (component.starts_with('.')) return false;  // "./model" is a path somebody typed
  return component == "localhost" || component.find_first_of(".:[") != component.npos;
}

struct Parts {
  std::string_view host, path, tag, digest;
  bool has_tag = false, has_digest = false;
};

Parts split(std::string_view text) {
  Parts out;
  if (const std::size_t at = text.find('@'); at != text.npos) {
    out.digest = text.substr(at + 1);
    out.has_digest = true;
    text = text.substr(0, at);
  }
  const std::size_t first_slash = text.find('/');
  if (first_slash != text.npos && looks_like_host(text.substr(0, first_slash))) {
    out.host = text.substr(0, first_slash);
    text.remove_prefix(first_slash + 1);
  }
  if (const std::size_t colon = text.find(':'); colon != text.npos) {
    out.tag = text.substr(colon + 1);
    out.has_tag = true;
    text = text.substr(0, colon);
  }
  out.path = text;
  return out;
}

std::unexpected<Error> refuse(std::string_view text, std::string why, std::string hint = {}) {
  return fail(Code::InvalidArgument, fmt::format("model name \"{}\": {}", printable(text), why),
              std::move(hint));
}

// What the user probably meant, for the mistakes people make; empty if nothing comes to mind.
std::string repaired_path(std::string_view path) {
  std::string out = lower_ascii(path);
  while (out.starts_with('/') || out.starts_with("./")) out.erase(0, out.find('/') + 1);
  while (out.ends_with('/')) out.pop_back();
  std::ranges::replace(out, ' ', '-');
  return is_path(out) ? out : std::string();
}

std::string path_hint(const Parts& parts) {
  std::string path = repaired_path(parts.path);
  if (path.empty() || path == parts.path) return {};
  if (!parts.host.empty()) path = fmt::format("{}/{}", parts.host, path);
  return fmt::format("did you mean \"{}{}\"?", path,
                     parts.has_tag ? fmt::format(":{}", parts.tag) : std::string());
}

std::string path_fault(std::string_view path) {
  if (path.empty()) return "the name is missing";
  if (path.starts_with('/')) return "a name has no leading \"/\"";
  if (path.starts_with('.')) return "a name is not a file path";
  if (std::ranges::any_of(path, is_upper)) return "expected lower case";
  return "expected lower-case letters and digits, separated by \".\", \"_\", \"__\", \"-\" or "
         "\"/\"";
}

Result<void> check_length(std::string_view text, const Parts& parts) {
  const std::size_t name = parts.path.size() + (parts.host.empty() ? 0 : parts.host.size() + 1);
  if (name > limits::kReferenceCharsMax)
    return fail(Code::Exhausted,
                fmt::format("model name \"{}\": {} characters; at most {} are "
                            "allowed",
                            printable(text, 40), name, limits::kReferenceCharsMax));
  if (parts.tag.size() > limits::kTagCharsMax)
    return fail(Code::Exhausted,
                fmt::format("tag \"{}\": {} characters; at most {} are allowed",
                            printable(parts.tag, 40), parts.tag.size(), limits::kTagCharsMax));
  return {};
}

Result<void> check_parts(std::string_view text, const Parts& parts) {
  TRY(check_length(text, parts));
  if (!parts.host.empty() && !is_host(parts.host)) {
    const std::string low = lower_ascii(parts.host);
    return refuse(text, fmt::format("\"{}\" is not a host", printable(parts.host)),
                  is_host(low) ? fmt::format("did you mean \"{}\"?", low) : std::string());
  }
  if (!is_path(parts.path)) return refuse(text, path_fault(parts.path), path_hint(parts));
  if (parts.has_tag && !is_tag(parts.tag))
    return refuse(
        text, fmt::format("\"{}\" is not a tag", printable(parts.tag)),
        "a tag starts with a letter, digit or \"_\" and goes on with these, \".\" or \"-\"");
  return {};
}

}  // namespace

bool is_tag(std::string_view text) {  // [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
  const auto is_word = [](char c) { return is_low_alphanumeric(c) || is_upper(c) || c == '_'; };
  return !text.empty() && text.size() <= limits::kTagCharsMax && is_word(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

Result<Reference> Reference::parse(std::string_view text) {
  const Parts parts = split(text);
  TRY(check_parts(text, parts));
  Reference out;
  if (parts.has_digest)
    out.digest_ = TRY(Digest::parse(parts.digest), fmt::format("model name \"{}\"", parts.path));
  out.host_ = parts.host;
  out.path_ = parts.path;
  out.tag_ = parts.tag;
  return out;
}

std::string Reference::name() const {
  return host_.empty() ? path_ : fmt::format("{}/{}", host_, path_);
}

std::string Reference::str() const {
  std::string out = name();
  if (!tag_.empty()) out += ":" + tag_;
  if (digest_) out += "@" + digest_->str();
  return out;
}

Reference Reference::with_tag(std::string tag) const {
  CHECK(is_tag(tag));
  Reference out = *this;
  out.tag_ = std::move(tag);
  out.digest_.reset();
  return out;
}

Reference Reference::with_digest(const Digest& digest) const {
  Reference out = *this;
  out.digest_ = digest;
  return out;
}

}  // namespace tegula::content

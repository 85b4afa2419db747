#include "source/auth_challenge.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/limits.h"

namespace tegula::source {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";  // tchar of RFC 9110 §5.6.2
constexpr std::string_view kToken68Marks = "-._~+/=";        // §11.2, besides letters and digits

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip(std::string_view set) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(set), rest_.size()));
  }
  std::string_view take_all(std::string_view marks) {
    std::size_t end = 0;
    while (end < rest_.size() &&
           (is_alphanumeric(rest_[end]) || marks.find(rest_[end]) != marks.npos))
      ++end;
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }
  std::string_view token() { return take_all(kTokenMarks); }

  Result<std::string> value() {
    if (!take('"')) return std::string(take_all(kTokenMarks));
    std::string out;
    while (!take('"')) {
      take('\\');
      if (rest_.empty()) return fail(Code::Corrupt, "a text in quotes does not end");
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return out;
  }

  // Whether "name=value" comes next, and no other challenge or token68.
  bool is_at_parameter() const {
    Reader ahead = *this;
    if (ahead.token().empty()) return false;
    ahead.skip(" \t");
    if (!ahead.take('=')) return false;
    ahead.skip(" \t");
    return ahead.rest_.find_first_not_of("=,") == 0;
  }

 private:
  std::string_view rest_;
};

Result<void> read_parameters(Reader& reader, AuthChallenge& challenge) {
  while (reader.is_at_parameter()) {
    std::string name = lower_ascii(reader.token());
    reader.skip(" \t");
    reader.take('=');
    reader.skip(" \t");
    std::string value = TRY(reader.value());
    if (!challenge.parameters.emplace(std::move(name), std::move(value)).second)
      return fail(Code::Corrupt, "a parameter stands there twice");
    reader.skip(" \t,");
  }
  return {};
}

}  // namespace

std::string AuthChallenge::get(std::string_view name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

Result<std::vector<AuthChallenge>> parse_auth_challenges(std::string_view text) {
  if (text.size() > limits::kHttpHeaderBytesMax)
    return fail(Code::Exhausted, "WWW-Authenticate is larger than allowed");
  std::vector<AuthChallenge> out;
  Reader reader(text);
  reader.skip(" \t,");
  while (!reader.at_end()) {
    AuthChallenge challenge{.scheme = lower_ascii(reader.token())};
    if (challenge.scheme.empty()) return fail(Code::Corrupt, "WWW-Authenticate: expected a scheme");
    reader.skip(" \t");
    TRY(read_parameters(reader, challenge), "WWW-Authenticate");
    if (challenge.parameters.empty()) {  // a token68, or another scheme that has nothing to say
      Reader ahead = reader;
      ahead.take_all(kToken68Marks);
      ahead.skip(" \t");
      if (ahead.at_end() || ahead.take(',')) reader = ahead;
    }
    reader.skip(" \t,");
    out.push_back(std::move(challenge));
  }
  return out;
}

}  // namespace tegula::source

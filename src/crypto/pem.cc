#include "crypto/pem.h"

#include <fmt/format.h>

#include "base/base64.h"

namespace tegula::crypto {
namespace {

constexpr std::size_t kLineChars = 64;
constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

Result<Bytes> pem_decode(std::string_view label, std::string_view text) {
  const std::string begin = fmt::format("-----BEGIN {}-----", label);
  const std::string end = fmt::format("-----END {}-----", label);
  std::string_view body = trimmed(text);
  if (!body.starts_with(begin) || !body.ends_with(end) || body.size() < begin.size() + end.size())
    return fail(Code::InvalidArgument, fmt::format("expected one PEM block \"{}\"", label),
                fmt::format("it begins with {} and ends with {}", begin, end));
  body.remove_prefix(begin.size());
  body.remove_suffix(end.size());
  if (!body.starts_with('\n') && !body.starts_with("\r\n"))
    return fail(Code::InvalidArgument, "expected a line feed behind the first line of PEM");
  std::string digits;
  for (const char c : body)
    if (c != '\n' && c != '\r') digits.push_back(c);
  return TRY(base64_decode(digits), "PEM");
}

Result<std::vector<Bytes>> pem_decode_all(std::string_view label, std::string_view text,
                                          std::size_t blocks_max) {
  const std::string end = fmt::format("-----END {}-----", label);
  std::vector<Bytes> out;
  for (std::string_view rest = trimmed(text); out.empty() || !rest.empty(); rest = trimmed(rest)) {
    if (out.size() == blocks_max)
      return fail(Code::Exhausted,
                  fmt::format("more than {} PEM blocks \"{}\"", blocks_max, label));
    const std::size_t at = rest.find(end);
    const std::string_view block = rest.substr(0, at == rest.npos ? at : at + end.size());
    out.push_back(TRY(pem_decode(label, block)));
    rest.remove_prefix(block.size());
  }
  return out;
}

std::string pem_encode(std::string_view label, ByteView bytes) {
  std::string out = fmt::format("-----BEGIN {}-----\n", label);
  const std::string digits = base64_encode(bytes);
  for (std::size_t at = 0; at < digits.size(); at += kLineChars)
    out.append(digits, at, kLineChars).push_back('\n');
  return out + fmt::format("-----END {}-----\n", label);
}

}  // namespace tegula::crypto

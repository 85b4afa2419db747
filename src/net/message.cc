#include "net/message.h"

#include <algorithm>

namespace tegula::net {
namespace {

bool is_same_letter(char a, char b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return lower(a) == lower(b);
}

}  // namespace

std::optional<std::string_view> find_header(const std::vector<Header>& headers,
                                            std::string_view name) {
  for (const Header& header : headers)
    if (std::ranges::equal(header.name, name, is_same_letter)) return header.value;
  return std::nullopt;
}

}  // namespace tegula::net

#include "attest/service_url.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

std::string_view behind_scheme(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  return {};
}

}  // namespace

Result<void> check_service_url(std::string_view url) {
  if (url.size() > limits::kUrlBytesMax)
    return fail(Code::Exhausted,
                fmt::format("a URL of {} bytes, at most {}", url.size(), limits::kUrlBytesMax));
  const bool is_visible = std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
  const std::string host = url_host(url);
  if (is_visible && !host.empty() && host.find('@') == host.npos) return {};
  return fail(Code::Corrupt, fmt::format("\"{}\" is not the URL of a service", printable(url)),
              "such as https://log.example");
}

std::string url_authority(std::string_view url) {
  const std::string_view rest = behind_scheme(url);
  return std::string(rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size())));
}

// An address of version 6 stands in brackets and has colons of its own.
std::string url_host(std::string_view url) {
  const std::string authority = url_authority(url);
  const std::size_t colon =
      authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  return authority.substr(0, colon);
}

}  // namespace tegula::attest

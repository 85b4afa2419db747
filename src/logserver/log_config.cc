#include "logserver/log_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "tlog/note_key.h"

namespace tegula::logserver {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kDepthMax = 4;
constexpr std::size_t kHostCharsMax = 253;

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

}  // namespace

std::string_view name_of(LogKind kind) {
  switch (kind) {
    case LogKind::Rekor: return "rekor";
    case LogKind::Generic: return "generic";
  }
  return "";
}

Result<LogKind> parse_log_kind(std::string_view name) {
  for (const LogKind kind : {LogKind::Rekor, LogKind::Generic})
    if (name_of(kind) == name) return kind;
  return fail(Code::InvalidArgument, fmt::format("\"{}\" is no kind of log", printable(name)),
              "rekor or generic");
}

bool is_host_name(std::string_view origin) {
  return !origin.empty() && origin.size() <= kHostCharsMax &&
         std::ranges::all_of(origin, is_host_char) && origin.front() != '.' &&
         origin.front() != '-' && origin.back() != '.' && origin.find("..") == origin.npos;
}

Result<LogConfig> parse_log_config(std::string_view json) {
  const codec::Json value = TRY(
      codec::parse_json(json, {.bytes_max = limits::kLogConfigBytesMax, .depth_max = kDepthMax}));
  if (!value.is_object()) return fail(Code::InvalidArgument, "expected an object");
  const std::uint64_t version = TRY(codec::uint_member(value, "version"));
  if (version != kVersion)
    return fail(Code::Unsupported,
                fmt::format("a log of version {}; this program knows {}", version, kVersion));
  LogConfig out;
  out.kind = TRY(parse_log_kind(TRY(codec::string_member(value, "kind"))));
  out.origin = TRY(codec::string_member(value, "origin"));
  out.url = TRY(codec::optional_string_member(value, "url")).value_or("");
  if (out.origin.size() <= limits::kOriginBytesMax && tlog::is_key_name(out.origin)) return out;
  return fail(Code::InvalidArgument,
              fmt::format("\"{}\" can't be the name of a log", printable(out.origin)),
              "a host name such as log.example.com");
}

std::string encode(const LogConfig& config) {
  codec::OrderedJson json = {
      {"version", kVersion}, {"kind", name_of(config.kind)}, {"origin", config.origin}};
  if (!config.url.empty()) json["url"] = config.url;
  return json.dump(2) + "\n";
}

}  // namespace tegula::logserver

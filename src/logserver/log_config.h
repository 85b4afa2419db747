// What a log is: the part of it that never changes (config.json; docs/reference/log-server.md).
//
// Thread rule: values. Errors of parse_log_config: InvalidArgument, Unsupported for a version that
// is not ours, Exhausted past a limit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tegula::logserver {

// What its entries are: hashedrekords alone, or whatever anybody brings. Never both in one log,
// since then nobody could say what an entry means.
enum class LogKind { Rekor, Generic };

std::string_view name_of(LogKind kind);  // "rekor"
Result<LogKind> parse_log_kind(std::string_view name);

struct LogConfig {
  LogKind kind = LogKind::Rekor;
  std::string origin;  // its name; a bare host name if Sigstore's tools are to find its key
  std::string url;     // where clients reach it; may be empty

  bool operator==(const LogConfig&) const = default;
};

Result<LogConfig> parse_log_config(std::string_view json);
std::string encode(const LogConfig& config);

// Sigstore's tools take the host of a log's address for the name of its key (trusted_root.json).
bool is_host_name(std::string_view origin);

}  // namespace tegula::logserver

// What Sigstore's tools need to know of a Rekor log: trusted_root.json to verify with, and
// signing_config.json to sign with (docs/reference/log-server.md).
//
// Errors: of the functions that edit a file, InvalidArgument for what is no JSON, Corrupt for what
// is another file, Exhausted past a limit. Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/timestamp_authority.h"
#include "logserver/log_config.h"
#include "tlog/note_key.h"

namespace tegula::logserver {

// The log's address: config.url, or else its name by https.
std::string base_url(const LogConfig& config);

// Where its timestamp authority is asked.
std::string timestamp_url(const LogConfig& config);

// Borrowed by the functions below.
struct PublicLog {
  const LogConfig& config;
  const tlog::NoteKey& key;
  WallTime since;
  const crypto::TimestampAuthority* authority = nullptr;  // if there is one beside it
};

std::string trusted_root_json(const PublicLog& log);
std::string signing_config_json(const PublicLog& log);

// --- when an authority takes the place of another; what else is in a file stays as it is ---

// Of a trusted root: log.authority stamps too.
Result<std::string> add_authority(std::string_view trusted_root, const PublicLog& log);

// Of a trusted root: whatever else stamped at the address of log.authority did so until log.since.
Result<std::string> end_other_authorities(std::string_view trusted_root, const PublicLog& log);

// Of a signing configuration: log.authority is asked. As it was if it names the address already.
Result<std::string> add_timestamp_service(std::string_view signing_config, const PublicLog& log);

}  // namespace tegula::logserver

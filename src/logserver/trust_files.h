// What Sigstore's tools need to know of a Rekor log: trusted_root.json to verify with, and
// signing_config.json to sign with (docs/reference/log-server.md).
//
// Thread rule: free functions over values.
#pragma once

#include <string>

#include "base/clock.h"
#include "crypto/timestamp_authority.h"
#include "logserver/log_config.h"
#include "tlog/note_key.h"

namespace tegula::logserver {

// The log's address: config.url, or else its name by https.
std::string base_url(const LogConfig& config);

// Where its timestamp authority is asked.
std::string timestamp_url(const LogConfig& config);

// Borrowed by the two functions below.
struct PublicLog {
  const LogConfig& config;
  const tlog::NoteKey& key;
  WallTime since;
  const crypto::TimestampAuthority* authority = nullptr;  // if there is one beside it
};

std::string trusted_root_json(const PublicLog& log);
std::string signing_config_json(const PublicLog& log);

}  // namespace tegula::logserver

// What Sigstore's tools need to know of a Rekor log: trusted_root.json to verify with, and
// signing_config.json to sign with (docs/reference/log-server.md).
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "base/clock.h"
#include "logserver/log_config.h"
#include "tlog/note_key.h"

namespace tegula::logserver {

// The log's address: config.url, or else its name by https.
std::string base_url(const LogConfig& config);

std::string trusted_root_json(const LogConfig& config, const tlog::NoteKey& key, WallTime since);
std::string signing_config_json(const LogConfig& config, WallTime since);

}  // namespace tegula::logserver

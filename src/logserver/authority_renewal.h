// Gives a log a timestamp authority: its first, or a new one in the place of the old
// (docs/reference/log-server.md, docs/design/0063).
//
// The trusted root gets the new authority first and an end to the old one last, so that it believes
// whoever stamps after a crash at any step; renewing again then finishes the work.
//
// Errors: NotFound where there is no log, Unavailable while it is open, InvalidArgument for a
// generic one, those of trust_files.h, and what the file system says. Thread rule: a free function.
#pragma once

#include "crypto/certificate.h"
#include "logserver/log.h"

namespace tegula::logserver {

struct Renewal {
  LogConfig config;
  crypto::Validity validity{};  // of the new authority
  bool is_first = false;
};

Result<Renewal> renew_timestamp_authority(const LogWorld& world, const os::Path& root);

}  // namespace tegula::logserver

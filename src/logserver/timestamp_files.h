// The timestamp authority beside a log: its key and its certificates in files of their own
// (docs/reference/log-server.md).
//
// Errors: those of a key file, InvalidArgument and Untrusted for certificates that don't fit the
// key, and what the file system says.
// Thread rule: free functions.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/timestamp_authority.h"
#include "logserver/log_layout.h"
#include "os/file_system.h"

namespace tegula::logserver {

// A new one for ten years from now on. Not in any file yet.
Result<crypto::TimestampAuthority> make_timestamp_authority(const std::string& origin, WallTime now,
                                                            Random& random);

// In the place of the one that is there, if any, whose key is gone then. After a crash there is the
// old one or the new one: the certificates decide, and their key is there before them.
Result<void> store_timestamp_authority(os::FileSystem& fs, const LogLayout& layout,
                                       const crypto::TimestampAuthority& authority);

// Nothing if the log has none.
Result<std::optional<crypto::TimestampAuthority>> load_timestamp_authority(const os::FileSystem& fs,
                                                                           const LogLayout& layout);

}  // namespace tegula::logserver

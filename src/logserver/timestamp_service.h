// A timestamp authority at work: it takes the time from a clock, and never one that is older than
// that of its last stamp.
//
// A clock that was put back is waited for: there are no stamps (timeNotAvailable) until it has
// caught up. It is remembered in memory only, so that stamps need no disk; after a restart the
// clock is believed again (docs/design/0063).
//
// Thread rule: answer() may be called from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/timestamp_authority.h"

namespace tegula::logserver {

class TimestampService {
 public:
  // Clock and random must outlive it.
  TimestampService(crypto::TimestampAuthority authority, const Clock& clock, Random& random)
      : authority_(std::move(authority)), clock_(clock), random_(random) {}

  const crypto::TimestampAuthority& authority() const { return authority_; }

  // As TimestampAuthority::answer.
  Result<crypto::TimestampAnswer> answer(ByteView query);

 private:
  std::optional<std::int64_t> take_time();

  const crypto::TimestampAuthority authority_;
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;  // from the look at the clock to the stamp, or their orders might differ
  std::optional<std::int64_t> last_s_;
};

}  // namespace tegula::logserver

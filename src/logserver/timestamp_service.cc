#include "logserver/timestamp_service.h"

#include <chrono>

namespace tegula::logserver {

Result<crypto::TimestampAnswer> TimestampService::answer(ByteView query) {
  const std::lock_guard lock(mutex_);
  return authority_.answer(query, take_time(), random_);
}

std::optional<std::int64_t> TimestampService::take_time() {
  const std::int64_t now_s =
      std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  if (last_s_ && now_s < *last_s_) return std::nullopt;
  last_s_ = now_s;
  return now_s;
}

}  // namespace tegula::logserver

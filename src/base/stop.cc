#include "base/stop.h"

namespace tegula {

Stop Stop::with_deadline(const Clock& clock, MonotonicTime at) const {
  Stop out = *this;
  out.clock_ = &clock;
  if (!out.deadline_ || at < *out.deadline_) out.deadline_ = at;
  return out;
}

Result<void> Stop::check() const {
  if (cancelled()) return fail(Code::Cancelled, "stopped");
  if (deadline_ && clock_->monotonic() >= *deadline_)
    return fail(Code::Unavailable, "took longer than allowed");
  return {};
}

Stop StopSource::stop() const {
  Stop out;
  out.flag_ = flag_;
  return out;
}

}  // namespace tegula

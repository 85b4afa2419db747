#include "attest/valid_for.h"

#include <chrono>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace tegula::attest {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t kYear10000 = 253'402'300'800;

}  // namespace

std::int64_t posix_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// rfc3339() counts nanoseconds, which end in 2262.
std::string time_text(std::int64_t time_s) {
  if (time_s < 0 || time_s >= kYear10000) return fmt::to_string(time_s);
  using namespace std::chrono;
  const sys_seconds at{seconds(time_s)};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<seconds> clock(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<crypto::Validity> parse_valid_for(const ProtoObject& object) {
  const codec::Json* found = object.find("validFor");
  if (found == nullptr) return fail(Code::Corrupt, "there is no \"validFor\"");
  const ProtoObject range = TRY(ProtoObject::of(*found, {"start", "end"}), "validFor");
  const auto start = TRY(range.time("start"), "validFor");
  const auto end = TRY(range.time("end"), "validFor");
  if (!start) return fail(Code::Corrupt, "\"validFor\" has no \"start\"");
  if (end && *end < *start) return fail(Code::Corrupt, "\"validFor\" ends before it starts");
  return crypto::Validity{.not_before_s = start->seconds + (start->nanos > 0 ? 1 : 0),
                          .not_after_s = end ? end->seconds : kForEver};
}

codec::Json valid_for_json(const crypto::Validity& validity) {
  codec::Json out = {{"start", time_text(validity.not_before_s)}};
  if (!is_open(validity)) out["end"] = time_text(validity.not_after_s);
  return out;
}

bool is_open(const crypto::Validity& validity) { return validity.not_after_s == kForEver; }

}  // namespace tegula::attest

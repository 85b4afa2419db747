// The caller's view of long work, as the parts below take it.
//
// Thread rule: Watch is thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "base/progress.h"
#include "base/stop.h"
#include "sdk/boundary.h"

struct tegula_stop {
  tegula::StopSource source;
};

namespace tegula::sdk {

inline Stop stop_of(const tegula_stop* stop) { return stop ? stop->source.stop() : Stop(); }

// Calls back one call at a time, whichever threads report.
class Watch final : public Progress {
 public:
  static Result<std::unique_ptr<Watch>> of(const tegula_watch* given);

  void begin(std::string_view step, std::uint64_t total) override;
  void advance(std::uint64_t bytes) override;
  void end() override;

  void warn(const std::string& text);
  Stop stop() const { return stop_of(watch_.stop); }

 private:
  explicit Watch(const tegula_watch& watch) : watch_(watch) {}
  void report() const;

  const tegula_watch watch_;
  std::mutex mutex_;
  std::string step_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace tegula::sdk

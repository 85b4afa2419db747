// Progress as one line on a terminal: step, bar, percent, bytes, rate, time left. It redraws at
// most ten times a second and wipes itself when the step ends, and a step of known length that
// takes less than a tenth never shows. Without a terminal it stays silent.
//
// Thread rule: thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/progress.h"

namespace tegula::os {

struct ProgressState {
  std::string_view step;
  std::uint64_t done = 0;     // bytes
  std::uint64_t total = 0;    // 0: unknown
  double seconds = 0;         // since the step began
  std::uint64_t earlier = 0;  // of `done`, what was there at its beginning: no part of the rate
};

// The line as drawn, `columns` wide at most: without the bar if that makes it fit, else with a
// shorter name of the step.
std::string progress_line(const ProgressState& state, unsigned columns);

class TerminalProgress final : public Progress {
 public:
  // Writes to the descriptor if it is a terminal and `wanted` (can_redraw says what a terminal
  // understands). The clock must outlive it.
  TerminalProgress(const Clock& clock, int descriptor, bool wanted = true);
  ~TerminalProgress() override;

  void begin(std::string_view step, std::uint64_t total) override;
  void advance(std::uint64_t bytes) override;
  void end() override;

 private:
  void draw();  // under mutex_
  void wipe();  // under mutex_

  const Clock& clock_;
  const int descriptor_;
  const bool enabled_;
  std::atomic<std::uint64_t> done_ = 0;

  std::mutex mutex_;  // guards what is below: one thread draws, the others go on
  std::string step_;
  std::uint64_t total_ = 0;
  std::optional<std::uint64_t> earlier_;  // the first report: it may tell what was there before
  MonotonicTime begun_{};
  MonotonicTime drawn_{};
  bool visible_ = false;
};

}  // namespace tegula::os

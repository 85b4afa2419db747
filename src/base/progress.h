// Long work reports to a Progress. Where it shows, and whether, is the caller's business: a
// terminal draws a bar (os::TerminalProgress), everything else stays silent.
#pragma once

#include <cstdint>
#include <string_view>

namespace tegula {

// Thread-safe in every implementation: hashing threads report side by side.
class Progress {
 public:
  virtual ~Progress() = default;

  // Starts a step, ending the one before. `total` is in bytes; 0 if unknown.
  virtual void begin(std::string_view step, std::uint64_t total) = 0;

  // `bytes` more are done.
  virtual void advance(std::uint64_t bytes) = 0;

  // Ends the step.
  virtual void end() = 0;
};

class NoProgress final : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {}
  void end() override {}
};

}  // namespace tegula

// For tests: a log in a folder, driven by hand, and what must hold of it whatever happened.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "logserver/log.h"

namespace tegula::logserver {

inline constexpr std::string_view kSampleOrigin = "log.example.com";

class SampleLog {
 public:
  SampleLog(os::FileSystem& fs, os::Path root) : fs_(fs), root_(std::move(root)) {}

  Result<tlog::NoteKey> create(tlog::Policy policy = {}, LogKind kind = LogKind::Generic);
  Result<void> open(Cosigners* cosigners = nullptr);
  void close() { log_.reset(); }

  // All in one round; in the order of the entries.
  std::vector<Result<Placed>> add(const std::vector<std::string>& entries);
  Result<bool> publish() { return log_->publish({}); }

  Log& log() { return *log_; }
  const os::Path& root() const { return root_; }
  ManualClock& clock() { return clock_; }

 private:
  os::FileSystem& fs_;
  const os::Path root_;
  ManualClock clock_;
  SeededRandom random_{1};
  NoCosigners nobody_;
  std::unique_ptr<Log> log_;
};

// "entry <n>" for each number.
std::vector<std::string> sample_entries(std::size_t first, std::size_t count);

// What the world knows of a log.
struct Promises {
  std::map<std::uint64_t, std::string> entries{};  // acknowledged, by index
  std::vector<std::string> notes{};                // every checkpoint that anybody has seen
};

// What of it an open log doesn't keep, a sentence each.
std::vector<std::string> broken_promises(Log& log, const Promises& promises);

}  // namespace tegula::logserver

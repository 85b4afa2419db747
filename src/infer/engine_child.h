// One tegula-engine process: its private folder, its log, the messages it sends. Internal to infer.
//
// Thread rule: one thread at a time, why_it_ended() apart.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "infer/engine_folder.h"
#include "infer/engine_messages.h"
#include "infer/engine_process.h"
#include "infer/protocol.h"
#include "os/process.h"

namespace tegula::infer {

// Keeps what an engine says: the newest part in a file, the last words in memory.
class EngineLog {
 public:
  explicit EngineLog(std::filesystem::path file) : path_(std::move(file)) {}
  void take(std::string_view text);
  std::string last_words() const;  // one line, printable

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::uint64_t file_bytes_ = 0;
  std::string tail_;
};

class EngineChild {
 public:
  // Starts host.program with `order`, whose settings name descriptors of this process.
  static Result<std::unique_ptr<EngineChild>> start(Order order, const EngineHost& host);
  ~EngineChild();  // ends it and removes its folder

  // The next message. Unavailable, with the reason, if it ended instead.
  Result<Message> next_message(const Stop& stop);

  // If it has ended, or does within a moment: how, and its last words.
  std::optional<Error> why_it_ended();

  bool ended_well();  // waits for the end

  int process_id() const { return process_id_; }
  std::string socket_path() const { return folder_.socket_path(); }

 private:
  EngineChild() = default;
  void keep(os::ProcessSpec spec, os::Descriptor log, std::promise<Result<int>> started);
  bool wait_for_end(std::chrono::milliseconds most);
  Error death() const;  // needs mutex_

  EngineFolder folder_;
  EngineMessages messages_;
  int process_id_ = -1;
  std::filesystem::path log_file_;

  // Spawns the process, so that it dies with this thread at the latest; then reads its log to the
  // end and reaps it.
  std::thread keeper_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::optional<os::Process> process_;
  std::optional<os::ExitStatus> status_;
  std::unique_ptr<EngineLog> log_;
};

}  // namespace tegula::infer

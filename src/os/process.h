// Child processes. A child gets the descriptors, arguments and environment it is given and nothing
// else: no inherited descriptors, no terminal, no signal mask.
//
// Errors: NotFound and PermissionDenied for a program that cannot be started, Unavailable for what
// the system refuses. Thread rule: a Process belongs to one thread at a time; kill() is
// thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "os/descriptor.h"

namespace tegula::os {

struct ProcessSpec {
  std::filesystem::path program{};
  std::vector<std::string> arguments{};    // after the program's own name
  std::vector<std::string> environment{};  // "NAME=value"; all there is
  std::vector<int> descriptors{};          // [i] becomes the child's descriptor i; -1: /dev/null

  // The kernel kills the child when the *thread* that spawned it ends (Linux: PDEATHSIG), so that
  // thread must live as long as the child.
  bool die_with_parent = true;

  // Out of reach of the terminal's Ctrl-C and hang-up.
  bool own_session = true;
};

struct ExitStatus {
  int code = 0;
  int signal = 0;  // 0: it ended by itself with `code`

  bool ok() const { return code == 0 && signal == 0; }
};

// "ended with status 3", "was killed by signal SIGSEGV".
std::string describe(ExitStatus status);

class Process {
 public:
  // Returns once the program runs; what keeps it from running is an error here.
  static Result<Process> spawn(const ProcessSpec& spec);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills and reaps

  int id() const { return id_; }

  // Blocks until the child ends. Reaps it; later calls return the same status.
  Result<ExitStatus> wait(const Stop& stop = {});

  // The status if it has ended.
  std::optional<ExitStatus> ended();

  // Kills it if it still runs; wait() then returns.
  void kill() const;

  // Asks (SIGTERM), waits up to `grace`, then kills. Reaps.
  Result<ExitStatus> terminate(std::chrono::milliseconds grace);

 private:
  Process(int id, Descriptor exit_event) : id_(id), exit_event_(std::move(exit_event)) {}
  bool reap(bool block);

  int id_ = -1;
  Descriptor exit_event_;  // readable when the child has ended; closed where there is no such thing
  std::optional<ExitStatus> status_;
};

}  // namespace tegula::os

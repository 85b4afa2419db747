#include "os/process.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"
#include "os/errno.h"
#include "os/process_platform.h"

namespace tegula::os {

namespace {

// Everything the child needs, made before the fork: after it only async-signal-safe calls are
// allowed, since other threads of the parent may have held any lock.
struct Plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const int* descriptors;
  int* copies;  // as many as descriptors
  int count;
  int report;  // errno goes here if the program cannot be run
  int parent;
  bool die_with_parent;
  bool own_session;
};

[[noreturn]] void give_up(const Plan& plan) {
  const int number = errno;
  [[maybe_unused]] const ssize_t put = ::write(plan.report, &number, sizeof number);
  ::_exit(127);
}

// Ignoring a signal forgets a pending one: a Ctrl-C between fork and setsid was for the parent.
void reset_signals() {
  struct sigaction forget = {};
  forget.sa_handler = SIG_IGN;
  struct sigaction usual = {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &forget, nullptr);
    ::sigaction(signal, &usual, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Copies first to numbers above all targets, so that no target overwrites a source.
bool place_descriptors(Plan& plan) {
  const int above = plan.count + 1;
  plan.report = ::fcntl(plan.report, F_DUPFD_CLOEXEC, above);
  if (plan.report < 0) return false;
  for (int i = 0; i < plan.count; ++i) {
    const int from = plan.descriptors[i];
    plan.copies[i] =
        from >= 0 ? ::fcntl(from, F_DUPFD_CLOEXEC, above) : ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (plan.copies[i] < 0) return false;
  }
  for (int i = 0; i < plan.count; ++i) {
    if (::dup2(plan.copies[i], i) < 0) return false;
  }
  return true;
}

[[noreturn]] void run_child(Plan& plan) {
  if (plan.own_session) ::setsid();
  reset_signals();
  if (plan.die_with_parent && !follow_parent(plan.parent)) ::_exit(127);
  if (!place_descriptors(plan)) give_up(plan);
  close_on_exec_from(plan.count);
  ::execve(plan.program, plan.arguments, plan.environment);
  give_up(plan);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Blocks every signal around the fork so that no handler of the parent runs in the child.
int fork_quietly(Plan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t id = ::fork();
  if (id == 0) run_child(plan);
  const int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return id;
}

}  // namespace

std::string describe(ExitStatus status) {
  if (status.signal == 0) return fmt::format("ended with status {}", status.code);
  const char* name = ::sigabbrev_np(status.signal);
  return fmt::format("was killed by signal {}",
                     name != nullptr ? "SIG" + std::string(name) : std::to_string(status.signal));
}

Result<Process> Process::spawn(const ProcessSpec& spec) {
  Pipe report = TRY(create_pipe());
  std::vector<std::string> words{spec.program.string()};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> environment = pointers(spec.environment);
  std::vector<int> copies(spec.descriptors.size());

  Plan plan{.program = words[0].c_str(),
            .arguments = arguments.data(),
            .environment = environment.data(),
            .descriptors = spec.descriptors.data(),
            .copies = copies.data(),
            .count = static_cast<int>(spec.descriptors.size()),
            .report = report.write.get(),
            .parent = ::getpid(),
            .die_with_parent = spec.die_with_parent,
            .own_session = spec.own_session};
  const int id = fork_quietly(plan);
  if (id < 0) return fail(Code::Unavailable, fmt::format("fork: {}", errno_text(errno)));
  Process child(id, open_exit_event(id));

  report.write.close();  // the child's copy closes on exec: then there is nothing to read
  int number = 0;
  ssize_t got = 0;
  do {
    got = ::read(report.read.get(), &number, sizeof number);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof number) return child;
  return fail_errno(number, "run", spec.program);
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      exit_event_(std::move(other.exit_event_)),
      status_(std::exchange(other.status_, std::nullopt)) {}

Process::~Process() {
  if (id_ < 0 || status_) return;
  ::kill(id_, SIGKILL);
  reap(true);
}

bool Process::reap(bool block) {
  if (status_) return true;
  int raw = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(id_, &raw, block ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return false;
  // ECHILD: somebody set SIGCHLD to be ignored, and the status is lost.
  status_ = got < 0            ? ExitStatus{.code = 255}
            : WIFSIGNALED(raw) ? ExitStatus{.code = 0, .signal = WTERMSIG(raw)}
                               : ExitStatus{.code = WEXITSTATUS(raw)};
  return true;
}

std::optional<ExitStatus> Process::ended() {
  CHECK(id_ >= 0);
  reap(false);
  return status_;
}

Result<ExitStatus> Process::wait(const Stop& stop) {
  CHECK(id_ >= 0);
  while (!reap(false)) {
    if (exit_event_.is_open()) {
      TRY(wait_until_ready(exit_event_.get(), Ready::Read, stop));
    } else {
      TRY(stop.check());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  return *status_;
}

void Process::kill() const { kill_process(id_, exit_event_); }

Result<ExitStatus> Process::terminate(std::chrono::milliseconds grace) {
  if (ended()) return *status_;
  ::kill(id_, SIGTERM);
  const SystemClock clock;
  const Result<ExitStatus> status = wait(Stop().with_deadline(clock, clock.monotonic() + grace));
  if (status) return status;
  ::kill(id_, SIGKILL);
  reap(true);
  return *status_;
}

}  // namespace tegula::os

#include "engine/run.h"

#include <cstdio>
#include <poll.h>
#include <signal.h>
#include <thread>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/attempts.h"
#include "engine/control.h"
#include "engine/old_cpu.h"
#include "engine/server.h"
#include "infer/protocol.h"
#include "os/descriptor.h"
#include "os/sandbox.h"

namespace tegula::engine {

namespace {

Result<infer::Order> take_order() {
  const os::Descriptor file(infer::kChildOrder);
  return read_order(file.get());
}

Result<void> tell_parent(const infer::Message& message) {
  return send_message(infer::kChildControl, message);
}

// From now on the process ends as soon as nobody reads the pipe: when the parent closes it, and
// when the parent is gone however it went. The kernel's parent-death signal does the same on Linux,
// but follows the thread that spawned us.
std::jthread end_with_parent() {
  return std::jthread([] {
    pollfd pipe{.fd = infer::kChildControl, .events = 0, .revents = 0};
    while (::poll(&pipe, 1, -1) <= 0) continue;
    ::_exit(0);
  });
}

// What has to be read from the system while it still can be.
Result<void> prepare(infer::Order& order) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  ::tzset();
  if (::fchdir(infer::kChildFolder) != 0)
    return fail(Code::Internal, "cannot enter the engine's folder");
  if (order.settings.threads == 0) order.settings.threads = default_threads();
  return {};
}

os::SandboxSpec sandbox_for(const infer::Order& order) {
  os::SandboxSpec spec{.barriers = order.barriers,
                       .socket_folder = infer::kChildFolder,
                       .memory_bytes_max = order.settings.memory_bytes_max};
  const infer::EngineSettings& settings = order.settings;
  for (const int file : {settings.model, settings.projector, settings.draft_model}) {
    if (file >= 0) spec.readable_files.push_back(file);
  }
  for (const infer::AdapterFile& adapter : settings.adapters)
    spec.readable_files.push_back(adapter.descriptor);
  return spec;
}

Result<void> prove(const infer::Order& order, const std::vector<os::BarrierState>& barriers) {
  TRY(tell_parent(infer::AttemptsMessage{try_to_break_out(order, barriers)}));
  return tell_parent(infer::AttemptsMessage{{try_to_exec(barriers)}});
}

// The one way into the perimeter, for proof and service alike.
Result<void> start(std::jthread& watcher) {
  infer::Order order = TRY(take_order());
  TRY(prepare(order));
  const std::vector<os::BarrierState> barriers =
      TRY(os::enter_sandbox(sandbox_for(order)), "perimeter");
  TRY(tell_parent(infer::PerimeterMessage{barriers}));
  if (order.probe) return prove(order, barriers);
  TRY(check_barriers(order, barriers), "perimeter");
  watcher = end_with_parent();
  return serve({.settings = order.settings,
                .on_ready = [](const infer::ReadyMessage& ready) { return tell_parent(ready); }});
}

bool was_started_by_tegula() {
  return ::lseek(infer::kChildOrder, 0, SEEK_CUR) == 0 &&
         ::lseek(infer::kChildControl, 0, SEEK_CUR) < 0;
}

}  // namespace

int run() {
  refuse_old_cpu();
  if (!was_started_by_tegula()) {
    fmt::print(stderr,
               "tegula-engine: error: it is started by tegula, not by hand\n"
               "tegula-engine: hint: tegula run MODEL\n");
    return 2;
  }
  std::jthread watcher;
  const Result<void> result = start(watcher);
  if (!result) {
    fmt::print(stderr, "tegula-engine: error: {}\n", result.error().text);
    (void)tell_parent(infer::FailedMessage{result.error()});
  }
  std::fflush(nullptr);
  // The watcher and threads of the server may still run; there is nothing to tidy up.
  ::_exit(result ? 0 : exit_status(result.error().code));
}

}  // namespace tegula::engine

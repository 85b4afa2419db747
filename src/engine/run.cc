#include "engine/run.h"

#include <cstdio>
#include <signal.h>
#include <thread>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "engine/attempts.h"
#include "engine/control.h"
#include "engine/cpu.h"
#include "engine/server.h"
#include "infer/protocol.h"
#include "os/descriptor.h"
#include "os/sandbox.h"

namespace tegula::engine {

namespace {

Result<infer::Order> read_order() {
  os::Descriptor file(infer::kChildOrder);
  return infer::parse_order(
      TRY(os::read_whole(file.get(), limits::kEngineSettingsBytesMax), "the order"));
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
  TRY(send_message(infer::AttemptsMessage{try_to_break_out(order, barriers)}));
  return send_message(infer::AttemptsMessage{{try_to_exec(barriers)}});
}

// The one way into the perimeter, for proof and service alike.
Result<void> start(std::jthread& watcher) {
  infer::Order order = TRY(read_order());
  TRY(prepare(order));
  const std::vector<os::BarrierState> barriers =
      TRY(os::enter_sandbox(sandbox_for(order)), "perimeter");
  TRY(send_message(infer::PerimeterMessage{barriers}));
  if (order.probe) return prove(order, barriers);
  TRY(check_barriers(order, barriers), "perimeter");
  watcher = end_with_parent();
  return serve(order.settings,
               [](const infer::ReadyMessage& ready) { return send_message(ready); });
}

bool was_started_by_tegula() {
  return ::lseek(infer::kChildOrder, 0, SEEK_CUR) == 0 &&
         ::lseek(infer::kChildControl, 0, SEEK_CUR) < 0;
}

}  // namespace

int run() {
  CHECK(missing_cpu_feature() == nullptr);  // checked before main; this links the check in
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
    (void)send_message(infer::FailedMessage{result.error()});
  }
  std::fflush(nullptr);
  // The watcher and threads of the server may still run; there is nothing to tidy up.
  ::_exit(result ? 0 : exit_status(result.error().code));
}

}  // namespace tegula::engine

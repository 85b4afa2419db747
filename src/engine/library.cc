// The engine as a shared library: infer/protocol.h has the one function that it shows. Nothing here
// changes the process it runs in, takes a setting from its environment, or writes to its log.
#include <mutex>
#include <signal.h>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "engine/arguments.h"
#include "engine/control.h"
#include "engine/server.h"
#include "infer/protocol.h"

namespace tegula::engine {

namespace {

std::vector<os::BarrierState> no_barriers() {
  std::vector<os::BarrierState> out;
  for (const os::Barrier barrier : os::kAllBarriers)
    out.push_back({barrier, false, "in process: the engine runs inside the program"});
  return out;
}

Result<void> serve_here(int order_file, int control, int folder, int end) {
  static std::mutex one_at_a_time;
  const std::unique_lock only(one_at_a_time, std::try_to_lock);
  if (!only.owns_lock())
    return fail(Code::Unavailable, "another engine runs in this process, and llama.cpp allows one",
                "free that engine and its chats first, or start this one in a process of its own");
  infer::Order order = TRY(read_order(order_file));
  if (!order.barriers.empty() || order.probe)
    return fail(Code::Unsupported, "there is no perimeter within a process");
  TRY(send_message(control, infer::PerimeterMessage{no_barriers()}));
  if (order.settings.threads == 0) order.settings.threads = default_threads();
  return serve(
      {.settings = std::move(order.settings),
       .socket = fmt::format("{}/{}", descriptor_path(folder), infer::kSocketName),
       .end = end,
       .has_log = false,
       .on_ready = [&](const infer::ReadyMessage& ready) { return send_message(control, ready); }});
}

}  // namespace
}  // namespace tegula::engine

using namespace tegula;

// The library is linked with --wrap for what follows.
//
// A program may exit while an engine answers. So nothing static is destroyed: threads may still use
// it, and the library is never unloaded.
extern "C" int __wrap___cxa_atexit(void (*)(void*), void*, void*) { return 0; }

// ggml sets a variable of OpenMP libraries other than GCC's. Another thread may read the
// environment.
extern "C" int __wrap_setenv(const char*, const char*, int) { return 0; }

// The constructor of llama.cpp's HTTP server has the whole process ignore SIGPIPE. Here its threads
// block it.
extern "C" sighandler_t __wrap_signal(int, sighandler_t) { return SIG_DFL; }

extern "C" [[gnu::visibility("default")]] int tegula_engine_serve(int order, int control,
                                                                  int folder, int end) noexcept {
  try {
    const Result<void> served = engine::serve_here(order, control, folder, end);
    if (served) return 0;
    (void)engine::send_message(control, infer::FailedMessage{served.error()});
    return exit_status(served.error().code);
  } catch (...) {  // no memory for a message
    return exit_status(Code::Exhausted);
  }
}

static_assert(std::is_same_v<decltype(tegula_engine_serve), infer::ServeFunction>);

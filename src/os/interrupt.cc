#include "os/interrupt.h"

#include <atomic>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "os/terminal.h"

namespace tegula::os {
namespace {

// A signal handler is told nothing but the signal, so this one address has to be where it finds it.
std::atomic<StopSource*> interrupted_source = nullptr;

extern "C" void handle_interrupt(int signal) {
  StopSource* source = interrupted_source.load();
  if (source == nullptr || source->cancelled()) {
    EchoOff::undo();
    _exit(128 + signal);
  }
  source->cancel();
}

}  // namespace

InterruptGuard::InterruptGuard(StopSource& source) {
  CHECK(interrupted_source.exchange(&source) == nullptr);
  struct sigaction action = {};
  action.sa_handler = handle_interrupt;
  sigemptyset(&action.sa_mask);  // no SA_RESTART: a blocking read returns, so that it can stop
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  interrupted_source.store(nullptr);
}

}  // namespace tegula::os

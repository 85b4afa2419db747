// Code compiled for AVX2 may end up anywhere in the program (the linker keeps one copy of a
// template), static initialisers included. So the check runs before all of them, and uses nothing
// but system calls.
#include "engine/old_cpu.h"

#include <string.h>
#include <unistd.h>

#include "infer/cpu.h"
#include "infer/protocol.h"

namespace tegula::engine {

namespace {

void say(int fd, const char* text) {
  [[maybe_unused]] const ssize_t put = ::write(fd, text, ::strlen(text));
}

}  // namespace

[[gnu::constructor(101)]] void refuse_old_cpu() {
  const char* const feature = infer::missing_cpu_feature();
  if (feature == nullptr) return;
  say(infer::kChildLog, "tegula-engine: error: this processor lacks ");
  say(infer::kChildLog, feature);
  say(infer::kChildLog, ", which this build needs\n");
  say(infer::kChildControl,
      "{\"type\":\"failed\",\"code\":\"unsupported\",\"text\":\"this processor lacks ");
  say(infer::kChildControl, feature);
  say(infer::kChildControl,
      ", which this build needs\",\"hint\":\"build for an older processor "
      "(docs/dependencies.md)\"}\n");
  ::_exit(2);
}

}  // namespace tegula::engine

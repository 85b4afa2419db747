// Builds the world and hands it to the command line; nothing else.
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cli/program.h"
#include "cli/session.h"
#include "os/environment.h"
#include "os/file_system.h"
#include "os/interrupt.h"
#include "os/leave.h"
#include "os/terminal.h"

namespace {

using namespace tegula;

int run(std::span<char* const> arguments) {
  os::PosixFileSystem files;
  SystemClock clock;
  SystemRandom random;
  const os::Environment environment = os::Environment::of_process();
  StopSource interrupt;
  const os::InterruptGuard guard(interrupt);

  cli::ConsoleOptions options;
  options.in_terminal = os::is_terminal(0);
  options.out_terminal = os::is_terminal(1);
  options.err_terminal = os::is_terminal(2);
  options.out_redraws = options.out_terminal && os::can_redraw(environment);
  const bool colour = os::wants_colour(environment);
  options.out_colour = colour && options.out_terminal;
  options.err_colour = colour && options.err_terminal;
  cli::Console console(options);
  cli::Session session({files, clock, random, environment, interrupt}, console);
  const std::vector<std::string> words(arguments.begin(), arguments.end());
  return cli::run_program(words, session);
}

}  // namespace

int main(int argc, char** argv) { os::leave(run({argv + 1, argv + argc})); }

#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace tegula::os {

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

unsigned terminal_columns(int descriptor) {
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool can_redraw(const Environment& environment) {
  const std::string term = environment.get("TERM").value_or("");
  return !term.empty() && term != "dumb";
}

bool wants_colour(const Environment& environment) {
  return environment.get("NO_COLOR").value_or("").empty() && can_redraw(environment);
}

}  // namespace tegula::os

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

bool wants_colour(const Environment& environment) {
  const auto no_color = environment.get("NO_COLOR");
  return !(no_color && !no_color->empty()) && environment.get("TERM").value_or("dumb") != "dumb";
}

}  // namespace tegula::os

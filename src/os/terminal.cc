#include "os/terminal.h"

#include <atomic>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace tegula::os {
namespace {

// A signal handler is told nothing but the signal, so this one number has to be where it finds it.
std::atomic<int> silent_terminal = -1;

// A job in the background that touches its terminal's modes is stopped (SIGTTOU).
bool is_in_front(int descriptor) {
  const pid_t front = tcgetpgrp(descriptor);
  return front < 0 || front == getpgrp();  // below 0: not our controlling terminal
}

}  // namespace

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

EchoOff::EchoOff(int descriptor) : descriptor_(descriptor) {
  termios modes = {};
  if (!is_in_front(descriptor_) || tcgetattr(descriptor_, &modes) != 0) return;
  if ((modes.c_lflag & ECHO) == 0) return;
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  changed_ = tcsetattr(descriptor_, TCSANOW, &modes) == 0;
  if (changed_) silent_terminal.store(descriptor_);
}

EchoOff::~EchoOff() {
  if (changed_) undo();
}

void EchoOff::undo() {
  const int descriptor = silent_terminal.exchange(-1);
  termios modes = {};
  if (!is_in_front(descriptor) || tcgetattr(descriptor, &modes) != 0) return;
  modes.c_lflag |= ECHO;
  tcsetattr(descriptor, TCSANOW, &modes);
}

}  // namespace tegula::os

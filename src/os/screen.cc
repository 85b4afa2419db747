#include "os/screen.h"

#include <array>
#include <chrono>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

namespace tegula::os {
namespace {

// Only a test that fails waits this long.
constexpr std::chrono::seconds kPatience{20};

bool read_some_text(int descriptor, int wait_ms, std::string& out) {
  pollfd ready = {descriptor, POLLIN, 0};
  if (::poll(&ready, 1, wait_ms) != 1) return false;
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
  if (count <= 0) return false;
  out.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

}  // namespace

Screen::Screen(unsigned short columns) {
  winsize size = {};
  size.ws_col = columns;
  size.ws_row = 24;
  int keyboard = -1;
  int terminal = -1;
  CHECK(::openpty(&keyboard, &terminal, nullptr, nullptr, &size) == 0);
  keyboard_ = Descriptor(keyboard);
  terminal_ = Descriptor(terminal);
}

void Screen::resize(unsigned short columns) {
  winsize size = {};
  size.ws_col = columns;
  size.ws_row = 24;
  CHECK(::ioctl(keyboard_.get(), TIOCSWINSZ, &size) == 0);
}

void Screen::type(std::string_view keys) const { CHECK(write_whole(keyboard_.get(), keys)); }

std::string Screen::text() const {
  std::string out;
  while (read_some_text(keyboard_.get(), 0, out)) {}
  return out;
}

std::string Screen::text_until(std::string_view end) const {
  const MonotonicTime deadline = SystemClock().monotonic() + kPatience;
  std::string out;
  while (out.find(end) == out.npos && SystemClock().monotonic() < deadline)
    read_some_text(keyboard_.get(), 100, out);
  return out;
}

void Screen::wait_for_editor() const {
  const MonotonicTime deadline = SystemClock().monotonic() + kPatience;
  termios mode = {};
  do {
    CHECK(::tcgetattr(terminal_.get(), &mode) == 0);
    std::this_thread::yield();
  } while ((mode.c_lflag & ICANON) != 0 && SystemClock().monotonic() < deadline);
}

}  // namespace tegula::os

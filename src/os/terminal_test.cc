#include "os/terminal.h"

#include <array>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/terminal_progress.h"

namespace tegula::os {
namespace {

// Both ends of a pseudo-terminal, 60 columns wide.
class Screen {
 public:
  Screen() {
    winsize size = {};
    size.ws_col = 60;
    EXPECT_EQ(openpty(&own_, &terminal_, nullptr, nullptr, &size), 0);
  }
  ~Screen() {
    close(own_);
    close(terminal_);
  }
  int terminal() const { return terminal_; }

  // What was written since the last call.
  std::string text() const {
    std::string out;
    std::array<char, 4096> buffer;
    pollfd ready = {own_, POLLIN, 0};
    while (poll(&ready, 1, 0) == 1) {
      const ssize_t count = read(own_, buffer.data(), buffer.size());
      if (count <= 0) break;
      out.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return out;
  }

 private:
  int own_ = -1;
  int terminal_ = -1;
};

TEST(Terminal, KnowsOneAndItsWidth) {
  const Screen screen;
  EXPECT_TRUE(is_terminal(screen.terminal()));
  EXPECT_EQ(terminal_columns(screen.terminal()), 60U);
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_FALSE(is_terminal(ends[1]));
  EXPECT_EQ(terminal_columns(ends[1]), 80U);
  close(ends[0]);
  close(ends[1]);
}

TEST(Terminal, KeepsNoColor) {
  using Variables = Environment::Variables;
  EXPECT_TRUE(wants_colour(Environment(Variables{{"TERM", "xterm"}})));
  EXPECT_TRUE(wants_colour(Environment(Variables{{"TERM", "xterm"}, {"NO_COLOR", ""}})));
  EXPECT_FALSE(wants_colour(Environment(Variables{{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
  EXPECT_FALSE(wants_colour(Environment(Variables{{"TERM", "dumb"}})));
  EXPECT_FALSE(wants_colour(Environment(Variables{})));
}

TEST(Progress, DrawsALineForPeople) {
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 80),
            "hashing [############............]  50 % of 1.00 KiB, 256 B/s, 0:02 left");
  EXPECT_EQ(progress_line({"hashing", 512, 0, 0}, 80), "hashing 512 B");
  EXPECT_EQ(progress_line({"hashing", 2048, 1024, 0}, 80),
            "hashing [########################] 100 % of 1.00 KiB");
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 10), "hashing [");
}

TEST(Progress, RedrawsTenTimesASecondAndWipesItself) {
  ManualClock clock;
  const Screen screen;
  TerminalProgress progress(clock, screen.terminal());
  progress.begin("hashing", 100);
  progress.advance(10);
  EXPECT_EQ(screen.text(), "");
  clock.advance(std::chrono::milliseconds(100));
  progress.advance(10);
  EXPECT_NE(screen.text().find("20 % of 100 B"), std::string::npos);
  progress.advance(10);
  EXPECT_EQ(screen.text(), "");
  progress.end();
  EXPECT_EQ(screen.text(), "\r\x1b[K");
}

TEST(Progress, IsSilentWithoutATerminal) {
  ManualClock clock;
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  {
    TerminalProgress progress(clock, ends[1]);
    progress.begin("hashing", 100);
    clock.advance(std::chrono::seconds(1));
    progress.advance(50);
  }
  close(ends[1]);
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
}

}  // namespace
}  // namespace tegula::os

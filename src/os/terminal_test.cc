#include "os/terminal.h"

#include <array>
#include <termios.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "os/screen.h"
#include "os/terminal_progress.h"

namespace tegula::os {
namespace {

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
  EXPECT_TRUE(can_redraw(Environment(Variables{{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
  EXPECT_FALSE(can_redraw(Environment(Variables{{"TERM", ""}})));
}

bool shows_keys(const Screen& screen) {
  termios modes = {};
  EXPECT_EQ(tcgetattr(screen.terminal(), &modes), 0);
  return (modes.c_lflag & ECHO) != 0;
}

TEST(EchoOff, HidesKeysAndShowsThemAgain) {
  const Screen screen;
  {
    const EchoOff quiet(screen.terminal());
    EXPECT_FALSE(shows_keys(screen));
  }
  EXPECT_TRUE(shows_keys(screen));
  {
    const EchoOff quiet(screen.terminal());
    EchoOff::undo();
    EXPECT_TRUE(shows_keys(screen)) << "as a signal handler does";
  }
  EXPECT_TRUE(shows_keys(screen));
}

TEST(EchoOff, LeavesEverythingElseAlone) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  { const EchoOff quiet(ends[0]); }
  const Screen screen;
  termios modes = {};
  ASSERT_EQ(tcgetattr(screen.terminal(), &modes), 0);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ASSERT_EQ(tcsetattr(screen.terminal(), TCSANOW, &modes), 0);
  { const EchoOff quiet(screen.terminal()); }
  EXPECT_FALSE(shows_keys(screen)) << "it was off before";
  close(ends[0]);
  close(ends[1]);
}

TEST(Progress, DrawsALineForPeople) {
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 80),
            "hashing [############............]  50 % of 1.00 KiB, 256 B/s, 0:02 left");
  EXPECT_EQ(progress_line({"hashing", 512, 0, 0}, 80), "hashing 512 B");
  EXPECT_EQ(progress_line({"hashing", 2048, 1024, 0}, 80),
            "hashing [########################] 100 % of 1.00 KiB");
  // What doesn't fit goes: the bar, then the end of the step's name.
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 60),
            "hashing  50 % of 1.00 KiB, 256 B/s, 0:02 left");
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 43),
            "hash  50 % of 1.00 KiB, 256 B/s, 0:02 left");
  EXPECT_EQ(progress_line({"hashing", 512, 1024, 2}, 10), "  50 % of");
  // What was there before is no part of the pace.
  EXPECT_EQ(progress_line({"pulling", 768, 1024, 2, 512}, 80),
            "pulling [##################......]  75 % of 1.00 KiB, 128 B/s, 0:02 left");
  EXPECT_EQ(progress_line({"loading", 0, 0, 5}, 80), "loading ...");
  EXPECT_EQ(progress_line({"\xC3\xBC\xE4\xBD\xA0", 0, 0, 0}, 8), "\xC3\xBC ...");  // no half one
  EXPECT_EQ(progress_line({"hashing", 1, 2, 0}, 0), "");
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

TEST(Progress, SaysAtOnceWhatMayTakeLong) {
  const ManualClock clock;
  const Screen screen;
  TerminalProgress progress(clock, screen.terminal());
  progress.begin("loading a\x1b[31m\xC2\x9B\xFF\xC3\xBC", 0);
  EXPECT_EQ(screen.text(), "\r\x1b[Kloading a<U+001B>[31m<U+009B>\uFFFD\u00FC ...");
  progress.begin("hashing", 100);
  EXPECT_EQ(screen.text(), "\r\x1b[K");
}

TEST(Progress, FollowsTheWidthOfTheTerminal) {
  ManualClock clock;
  Screen screen(40);
  TerminalProgress progress(clock, screen.terminal());
  progress.begin("hashing", 100);
  for (const unsigned short columns : {40, 20}) {
    screen.resize(columns);
    clock.advance(std::chrono::seconds(1));
    progress.advance(10);
    const std::string line = screen.text();
    EXPECT_LE(line.size(), 4U + columns - 1);
    EXPECT_NE(line.find(" % of 100 B"), std::string::npos) << line;
  }
}

TEST(Progress, CountsWhatThreadsReportSideBySide) {
  ManualClock clock;
  const Screen screen(200);
  TerminalProgress progress(clock, screen.terminal());
  progress.begin("hashing", 4000);
  progress.advance(0);
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&] {
      for (int turn = 0; turn < 500; ++turn) progress.advance(1);
    });
  for (std::thread& thread : threads) thread.join();
  clock.advance(std::chrono::seconds(1));
  progress.advance(0);
  EXPECT_NE(screen.text().find("]  50 % of 3.91 KiB, 1.95 KiB/s, 0:01 left"), std::string::npos);
}

TEST(Progress, IsSilentWhereNotWanted) {
  ManualClock clock;
  const Screen screen;
  TerminalProgress progress(clock, screen.terminal(), false);
  progress.begin("loading", 0);
  clock.advance(std::chrono::seconds(1));
  progress.advance(10);
  progress.end();
  EXPECT_EQ(screen.text(), "");
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

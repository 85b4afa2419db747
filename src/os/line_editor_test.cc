#include "os/line_editor.h"

#include <array>
#include <fcntl.h>
#include <functional>
#include <termios.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/line_history.h"
#include "os/screen.h"
#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LineEditorTest : public ::testing::Test {
 protected:
  std::unique_ptr<LineEditor> editor_on(const Screen& screen, const Path& history = {}) {
    return LineEditor::create(
               files,
               {.history_file = history, .input = screen.terminal(), .output = screen.terminal()})
        .value();
  }

  std::string read_typed(LineEditor& editor, const Screen& screen, std::string_view keys,
                         bool edited = true) {
    std::thread person([&] {
      seen = screen.text_until("> ");
      if (edited) screen.wait_for_editor();
      screen.type(keys);
    });
    const auto line = editor.read("> ");
    person.join();
    seen += screen.text();
    if (!line) return line.error().code == Code::Cancelled ? "(cancelled)" : "(error)";
    return line->value_or("(end)");
  }

  PosixFileSystem files;
  TemporaryFolder folder;
  std::string seen;
};

TEST_F(LineEditorTest, ReadsALineAndShowsPromptAndText) {
  const Screen screen;
  const auto editor = editor_on(screen);
  EXPECT_EQ(read_typed(*editor, screen, "hello\r"), "hello");
  EXPECT_THAT(seen, HasSubstr("> hello"));
  EXPECT_EQ(read_typed(*editor, screen, "\r"), "");
}

TEST_F(LineEditorTest, Edits) {
  struct Case {
    const char* keys;
    const char* want;
  };
  const Case cases[] = {
      {"helo\x02l\r", "hello"},              // Ctrl-B: one to the left
      {"world\x01hello \r", "hello world"},  // Ctrl-A: to the start
      {"one two\x17\r", "one "},             // Ctrl-W: the word before
      {"abc\x7f\x7fx\r", "ax"},              // backspace
      {"abc\x1b[D\x1b[DX\r", "aXbc"},        // arrow keys
      {"gr\xC3\xBC\xC3\x9F\x7f\x65\r",
       "gr\xC3\xBC"
       "e"},  // one key, two bytes
      {"\xE4\xBD\xA0\xF0\x9F\x91\x8B\r", "\xE4\xBD\xA0\xF0\x9F\x91\x8B"},
  };
  const Screen screen;
  const auto editor = editor_on(screen);
  for (const Case& c : cases) EXPECT_EQ(read_typed(*editor, screen, c.keys), c.want);
}

TEST_F(LineEditorTest, TakesAPasteAsOneText) {
  const Screen screen;
  const auto editor = editor_on(screen, folder / "history");
  EXPECT_EQ(read_typed(*editor, screen,
                       "see: \x1b[200~one\rtwo\rthr\x03\x1b"
                       "ee\r\x1b[201~!\r"),
            "see: one\ntwo\nthree!");
  EXPECT_THAT(seen, HasSubstr("\x1b[?2004h"));
  EXPECT_THAT(seen, HasSubstr("\x1b[?2004l"));
  EXPECT_EQ(read_typed(*editor, screen, "next\r"), "next");
}

TEST_F(LineEditorTest, CtrlCGivesUpTheLineOnly) {
  const Screen screen;
  const auto editor = editor_on(screen);
  EXPECT_EQ(read_typed(*editor, screen, "half a\x03"), "(cancelled)");
  EXPECT_THAT(seen, HasSubstr("^C"));
  EXPECT_EQ(read_typed(*editor, screen, "whole\r"), "whole");
}

TEST_F(LineEditorTest, CtrlDOnAnEmptyLineIsTheEnd) {
  const Screen screen;
  const auto editor = editor_on(screen);
  EXPECT_EQ(read_typed(*editor, screen, "\x04"), "(end)");
}

TEST_F(LineEditorTest, RemembersAndKeepsTheHistoryToOneself) {
  const Path path = folder / "deep/er/history";
  {
    const Screen screen;
    const auto editor = editor_on(screen, path);
    EXPECT_EQ(read_typed(*editor, screen, "first\r"), "first");
    EXPECT_EQ(read_typed(*editor, screen, "second\r"), "second");
    EXPECT_EQ(read_typed(*editor, screen, "\x10\x10\r"), "first");  // Ctrl-P: the one before
  }
  EXPECT_EQ(read_file(files, path, 100).value(), "first\nsecond\nfirst\n");
  EXPECT_EQ(files.stat(path)->mode, 0600U);
  EXPECT_EQ(files.stat(path.parent_path())->mode, 0700U);
  const Screen screen;
  const auto editor = editor_on(screen, path);
  EXPECT_EQ(read_typed(*editor, screen, "\x10\x10\r"), "second");
}

TEST_F(LineEditorTest, LeavesTheTerminalAsItWas) {
  const Screen screen;
  termios before = {};
  ASSERT_EQ(::tcgetattr(screen.terminal(), &before), 0);
  {
    const auto editor = editor_on(screen);
    EXPECT_EQ(read_typed(*editor, screen, "x\r"), "x");
  }
  termios after = {};
  ASSERT_EQ(::tcgetattr(screen.terminal(), &after), 0);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  EXPECT_EQ(after.c_iflag, before.c_iflag);
  EXPECT_EQ(after.c_oflag, before.c_oflag);
  EXPECT_NE(::fcntl(screen.terminal(), F_GETFD), -1);  // still open
}

TEST_F(LineEditorTest, ReadsAPlainTerminalWithoutEditing) {
  const Screen screen;
  const auto editor =
      LineEditor::create(
          files, {.editing = false, .input = screen.terminal(), .output = screen.terminal()})
          .value();
  EXPECT_EQ(read_typed(*editor, screen, "abc\r", false), "abc");
  EXPECT_EQ(read_typed(*editor, screen, "\x04", false), "(end)");
}

// Everything that a program at the other end of a pipe writes.
std::vector<std::string> lines_of(FileSystem& files, const std::string& text) {
  const Pipe pipe = create_pipe().value();
  const auto editor =
      LineEditor::create(files, {.input = pipe.read.get(), .output = pipe.read.get()}).value();
  std::thread writer([&, &write = const_cast<Descriptor&>(pipe.write)] {
    EXPECT_TRUE(write_whole(write.get(), text));
    write.close();
  });
  std::vector<std::string> out;
  while (true) {
    const auto line = editor->read("> ");
    if (!line) out.emplace_back("(exhausted)");
    if (!line || !*line) break;
    out.push_back(**line);
  }
  // What is not wanted must still be taken, or the writer would wait.
  std::array<char, 4096> rest;
  while (::read(pipe.read.get(), rest.data(), rest.size()) > 0) {}
  writer.join();
  return out;
}

TEST_F(LineEditorTest, ReadsPipesPlainly) {
  EXPECT_THAT(lines_of(files, ""), IsEmpty());
  EXPECT_THAT(lines_of(files, "a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of(files, "a\r\n\n"), ElementsAre("a\r", ""));
  const std::string large(100'000, 'x');
  EXPECT_THAT(lines_of(files, large + "\n" + large), ElementsAre(large, large));
}

TEST_F(LineEditorTest, HoldsTheLimitOfALine) {
  const std::string most(limits::kPromptBytesMax, 'x');
  EXPECT_THAT(lines_of(files, most + "\n"), ElementsAre(most));
  EXPECT_THAT(lines_of(files, most + "x\n"), ElementsAre("(exhausted)"));
}

TEST(LineHistory, KeepsTheLastLinesWithoutRepetitions) {
  PosixFileSystem files;
  const TemporaryFolder folder;
  LineHistory history(files, folder / "h", 3);
  EXPECT_FALSE(history.add(""));
  EXPECT_FALSE(history.add(std::string(limits::kHistoryLineBytesMax + 1, 'x')));
  EXPECT_TRUE(history.add(std::string(limits::kHistoryLineBytesMax, 'x')));
  EXPECT_FALSE(history.add("two\nlines"));
  for (const char* line : {"a", "a", "b", "a"}) history.add(line);
  EXPECT_THAT(history.lines(), ElementsAre("a", "b", "a"));
  ASSERT_TRUE(history.save());
  EXPECT_EQ(read_file(files, folder / "h", 100).value(), "a\nb\na\n");
}

TEST(LineHistory, AddsToWhatOthersSavedMeanwhile) {
  PosixFileSystem files;
  const TemporaryFolder folder;
  LineHistory one(files, folder / "h", 10);
  LineHistory two(files, folder / "h", 10);
  one.add("one");
  two.add("two");
  ASSERT_TRUE(one.save());
  ASSERT_TRUE(two.save());
  ASSERT_TRUE(two.save());
  EXPECT_EQ(read_file(files, folder / "h", 100).value(), "one\ntwo\n");
}

TEST(LineHistory, LeavesAFileAloneThatItCannotRead) {
  PosixFileSystem files;
  const TemporaryFolder folder;
  ASSERT_TRUE(files.make_folder(folder / "h", 0700));
  LineHistory history(files, folder / "h", 10);
  history.add("one");
  EXPECT_TRUE(history.save());
  EXPECT_TRUE(files.stat(folder / "h")->kind == FileKind::Folder);
}

TEST(LineHistory, HoldsTheLimitOfTheFile) {
  PosixFileSystem files;
  const TemporaryFolder folder;
  LineHistory history(files, folder / "h", 1000);
  for (int number = 0; number < 80; ++number)
    history.add(std::to_string(number) + std::string(limits::kHistoryLineBytesMax - 10, 'x'));
  ASSERT_TRUE(history.save());
  EXPECT_LE(files.stat(folder / "h")->size, limits::kHistoryBytesMax);
  const LineHistory again(files, folder / "h", 1000);
  EXPECT_EQ(again.lines().back(), history.lines().back());
  EXPECT_GT(again.lines().size(), 60U);
}

}  // namespace
}  // namespace tegula::os

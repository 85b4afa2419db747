#include "cli/chat_input.h"

#include <vector>

#include <gtest/gtest.h>

namespace tegula::cli {
namespace {

std::vector<std::string> inputs(const std::vector<std::string>& lines) {
  ChatInput input;
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    if (auto typed = input.add(line)) out.push_back(typed->text);
  }
  if (input.open()) out.push_back("(open)");
  return out;
}

using Lines = std::vector<std::string>;

TEST(ChatInput, PutsLinesTogether) {
  struct Case {
    Lines lines;
    Lines want;
  };
  const Case cases[] = {
      {{"hello"}, {"hello"}},
      {{"a", "b"}, {"a", "b"}},
      {{"\"\"\"a", "b\"\"\""}, {"a\nb"}},
      {{"\"\"\"one line\"\"\""}, {"one line"}},
      {{"\"\"\"", "  a", "\"\"\"", "b"}, {"\n  a\n", "b"}},
      {{"a\\", "b\\", "c"}, {"a\nb\nc"}},
      {{"\"\"\"a", "b"}, {"(open)"}},
      {{"a\\"}, {"(open)"}},
      {{"say \"\"\"x"}, {"say \"\"\"x"}},
      {{"\"\"\"a", "b\"\"\" c"}, {"a\nb c"}},
      {{"pasted\nlines"}, {"pasted\nlines"}},
      {{"\"\"\"a\nb\"\"\""}, {"a\nb"}},
  };
  for (const Case& c : cases) EXPECT_EQ(inputs(c.lines), c.want) << c.lines[0];
}

TEST(ChatInput, ForgetsWhatIsOpen) {
  ChatInput input;
  input.add("\"\"\"a");
  input.reset();
  EXPECT_FALSE(input.open());
  EXPECT_EQ(input.add("b"), (Typed{"b", false}));
}

TEST(ChatInput, KnowsWhatWasQuoted) {
  ChatInput input;
  EXPECT_EQ(input.add("\"\"\"/bye\"\"\""), (Typed{"/bye", true}));
  EXPECT_EQ(input.add("/bye"), (Typed{"/bye", false}));
}

TEST(SlashCommand, SplitsNameAndArgument) {
  EXPECT_EQ(slash_command("/set  system  Be brief. ")->name, "set");
  EXPECT_EQ(slash_command("/set  system  Be brief. ")->argument, "system  Be brief.");
  EXPECT_EQ(slash_command("/bye")->name, "bye");
  EXPECT_EQ(slash_command("/")->name, "");
  EXPECT_FALSE(slash_command("what is 1/2?"));
  EXPECT_FALSE(slash_command("/a\nb"));
  EXPECT_EQ(slash_command("/?")->name, "?");
  EXPECT_FALSE(slash_command("/etc/hosts: what is it?"));
  EXPECT_FALSE(slash_command("/2"));
  EXPECT_EQ(split_word("system Be brief.").argument, "Be brief.");
}

}  // namespace
}  // namespace tegula::cli

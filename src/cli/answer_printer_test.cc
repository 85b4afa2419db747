#include "cli/answer_printer.h"

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

namespace tegula::cli {
namespace {

struct Said {
  std::string_view text;
  bool thinking = false;
};

// What stdout gets.
std::string printed(const ConsoleOptions& options, bool thinking, const std::vector<Said>& pieces) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const out = ::open_memstream(&text, &size);
  ConsoleOptions with = options;
  with.out = out;
  {
    Console console(with);
    AnswerPrinter printer(console, thinking);
    for (const Said& piece : pieces)
      EXPECT_TRUE(printer.take({.text = piece.text, .thinking = piece.thinking}));
    EXPECT_TRUE(printer.end());
  }
  std::fclose(out);
  const std::string all(text, size);
  std::free(text);
  return all;
}

const ConsoleOptions kPipe;
const ConsoleOptions kPlain = {.out_terminal = true};
const ConsoleOptions kFull = {.out_terminal = true, .out_redraws = true, .out_colour = true};

TEST(AnswerPrinter, EndsWithOneLineFeed) {
  EXPECT_EQ(printed(kPipe, true, {{"a"}, {"b"}}), "ab\n");
  EXPECT_EQ(printed(kPipe, true, {{"a\n"}}), "a\n");
  EXPECT_EQ(printed(kPipe, true, {}), "");
}

TEST(AnswerPrinter, ShowsDotsUntilTheFirstPiece) {
  EXPECT_EQ(printed(kFull, true, {{"a"}, {"b"}}), "\x1b[2m...\x1b[0m\r\x1b[Kab\n");
  EXPECT_EQ(printed(kFull, true, {}), "\x1b[2m...\x1b[0m\r\x1b[K");
  EXPECT_EQ(printed(kPlain, true, {{"a"}}), "a\n");
}

TEST(AnswerPrinter, TellsThinkingFromTheAnswer) {
  const std::vector<Said> pieces = {{"hm", true}, {"m", true}, {"yes"}};
  EXPECT_EQ(printed(kPlain, true, pieces), "(thinking)\nhmm\n(answer)\nyes\n");
  EXPECT_EQ(printed({.out_terminal = true, .out_colour = true}, true, pieces),
            "\x1b[2mhm\x1b[0m\x1b[2mm\x1b[0m\n\nyes\n");
  EXPECT_EQ(printed(kPipe, false, pieces), "yes\n");
}

TEST(AnswerPrinter, LetsNoControlCharacterThroughToATerminal) {
  EXPECT_EQ(printed(kPlain, true, {{"a\x1b[31m"}}), "a<U+001B>[31m\n");
  EXPECT_EQ(printed(kPipe, true, {{"a\x1b[31m"}}), "a\x1b[31m\n") << "a pipe gets what was said";
}

}  // namespace
}  // namespace tegula::cli

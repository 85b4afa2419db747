#include "modelfile/diagnostic.h"

#include <gtest/gtest.h>

#include "modelfile/parser.h"

namespace tegula::modelfile {
namespace {

std::string rendered(std::string_view text, Dialect dialect = Dialect::Tegula) {
  return render(parse(text, dialect).error(), "Modelfile", text);
}

TEST(Diagnostic, ShowsLineCaretAndHint) {
  EXPECT_EQ(rendered("FROM x\nSYSTM a\n"),
            "Modelfile:2:1: error: unknown instruction \"SYSTM\"\n"
            "  SYSTM a\n"
            "  ^\n"
            "hint: did you mean SYSTEM?\n");
}

TEST(Diagnostic, PutsTheCaretByColumnsOnTheScreen) {
  // Two wide characters, a combining accent and a tab stand before the place.
  EXPECT_EQ(rendered("SYSTEM#\"\u4F60\u597De\u0301\"#\tx"),
            "Modelfile:1:16: error: text after the end of a raw value\n"
            "  SYSTEM#\"\u4F60\u597De\u0301\"#\tx\n"
            "                 \t^\n");
}

TEST(Diagnostic, IsSafeOnATerminal) {
  const std::string text = rendered("FROM x\nSY\x1B[31mS\u202E a");
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
  EXPECT_EQ(text.find("\u202E"), std::string::npos);
  EXPECT_NE(text.find("SY<U+001B>[31mS<U+202E> a\n"), std::string::npos) << text;
}

TEST(Diagnostic, CutsLongLines) {
  const std::string text =
      rendered("SYSTEM#\"" + std::string(100000, 'a') + "\"# b" + std::string(100000, 'c'));
  EXPECT_LT(text.size(), 400U);
  EXPECT_NE(text.find("\"# bcc"), std::string::npos) << text;
}

TEST(Diagnostic, OfOllamaHasItsWordsOnly) {
  EXPECT_EQ(rendered("FROM x\nMESSAGE a b", Dialect::Ollama),
            "Modelfile: error: (line 2): message role must be one of \"system\", \"user\", or "
            "\"assistant\"\n");
}

TEST(Diagnostic, BecomesAnError) {
  const Error error = parse_file("d/Modelfile", "FROM").error();
  EXPECT_EQ(error.code, Code::InvalidArgument);
  EXPECT_EQ(error.text, "d/Modelfile:1:5: FROM has no value");
  EXPECT_EQ(error.hint, "an empty value is written FROM \"\"");
}

}  // namespace
}  // namespace tegula::modelfile

#include "modelfile/format.h"

#include <rapidcheck.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modelfile/tegula_parser.h"

namespace tegula::modelfile {
namespace {

TEST(Format, WritesOneWay) {
  struct Case {
    std::string_view text;
    std::string_view want;
  };
  const Case cases[] = {
      {"", ""},
      {"\n\n", ""},
      {"from   x", "FROM x\n"},
      {"\n\n# a \n#b\n\n\n\nfrom x\n", "# a\n#b\n\nFROM x\n"},
      {"FROM x\n\n# a\nSYSTEM \"b\"\n# c", "FROM x\n\n# a\nSYSTEM b\n# c\n"},
      {"FROM x\n  \t\n\n  # a\n", "FROM x\n\n# a\n"},
      {"FROM x\r\n\r\nSYSTEM a\r\n", "FROM x\n\nSYSTEM a\n"},
      {"FROM x\rSYSTEM a\r", "FROM x\nSYSTEM a\n"},
      {"FROM x\nSYSTEM \"\"\"a\nb\"\"\"\n\n\nSYSTEM#\"c\"#\n",
       "FROM x\nSYSTEM \"\"\"a\nb\"\"\"\n\nSYSTEM c\n"},
      {"parameter  stop \t \" \"", "PARAMETER stop \" \"\n"},
      {"message  user \"\"", "MESSAGE user \"\"\n"},
      {"\xEF\xBB\xBF"
       "FROM x",
       "FROM x\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(format(c.text).value(), c.want) << c.text;
}

TEST(Format, RefusesWhatTheParserRefuses) {
  EXPECT_EQ(format("FRM x").error().rule, "unknown-instruction");
  EXPECT_EQ(format("FROM \xFF").error().rule, "not-utf8");
}

TEST(Format, KeepsCommandsAndCommentsAndIsDoneAtOnce) {
  const auto piece = rc::gen::element<std::string>(
      "FROM", "SYSTEM", "parameter stop", "MESSAGE user", "LABEL", "# c", "#", " ", "  ", "\n",
      "\n\n", "\r\n", "\r", "\t", "\"", "\"\"\"", "a", "#\"", "\"#");
  const auto text = rc::gen::container<std::vector<std::string>>(piece);
  EXPECT_TRUE(rc::check("format(format(x)) == format(x)", [&] {
    std::string input;
    for (const std::string& one : *text) input += one;
    const auto before = parse_document(input);
    if (!before) return;
    const std::string once = format(input).value();
    RC_ASSERT(format(once).value() == once);
    const Document after = parse_document(once).value();
    RC_ASSERT(after.items.size() == before->items.size());
    for (std::size_t i = 0; i < after.items.size(); ++i) {
      RC_ASSERT(after.items[i].comment == before->items[i].comment);
      RC_ASSERT(after.items[i].command == before->items[i].command);
    }
  }));
}

}  // namespace
}  // namespace tegula::modelfile

#include "content/tag_file.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::content {
namespace {

const std::string kLine = "sha256:" + std::string(64, 'a') + " 2026-11-23T06:45:26Z built\n";

TEST(TagFile, ParseAndEncodeAreInverse) {
  const std::string text =
      kLine + "sha256:" + std::string(64, 'b') + " 2026-11-24T00:00:00Z rolled-back\n";
  const TagHistory history = parse_tag_file(text).value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].digest.hex(), std::string(64, 'a'));
  EXPECT_EQ(history[0].time, "2026-11-23T06:45:26Z");
  EXPECT_EQ(history[1].event, "rolled-back");
  EXPECT_EQ(encode(history), text);
}

TEST(TagFile, RefusesWhatIsTornOrStrange) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::string bad[] = {
      "",
      "\n",
      kLine + "\n",
      kLine.substr(0, kLine.size() - 1),
      kLine + kLine.substr(0, 40),
      digest + "\n",
      digest + " 2026-11-23T06:45:26Z\n",
      digest + " 2026-11-23T06:45:26Z \n",
      digest + " 2026-11-23T06:45:26Z Built\n",
      digest + " 2026-11-23T06:45:26Z built now\n",
      digest + " 2026-11-23T06:45:26Z -\n",
      digest + " 2026-11-23T06:45:26Z " + std::string(33, 'a') + "\n",
      digest + " yesterday built\n",
      digest + "  2026-11-23T06:45:26Z built\n",
      "sha256:12 2026-11-23T06:45:26Z built\n",
      std::string(200, '\0'),
      kLine + std::string(50, '\0') + "\n",
  };
  for (const std::string& text : bad) {
    const auto history = parse_tag_file(text);
    ASSERT_FALSE(history) << text;
    EXPECT_EQ(history.error().code, Code::Corrupt) << text;
  }
  EXPECT_TRUE(parse_tag_file(kLine + "x\n").error().text.starts_with("line 2: "));
}

TEST(TagFile, HoldsItsLimits) {
  std::string text;
  for (std::size_t i = 0; i < limits::kTagVersionsMax; ++i) text += kLine;
  EXPECT_EQ(parse_tag_file(text).value().size(), limits::kTagVersionsMax);
  EXPECT_EQ(parse_tag_file(text + kLine).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::content

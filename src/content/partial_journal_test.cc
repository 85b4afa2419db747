#include "content/partial_journal.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/limits.h"

namespace tegula::content {
namespace {

const crypto::Hash256 kHash = crypto::sha256({});

PartialJournal sample() {
  return {.size = 3'000'000, .version = "\"65a1-80\"", .pieces = {{0, kHash}, {2, kHash}}};
}

TEST(PartialJournal, ParseAndEncodeAreInverse) {
  const std::string text = encode(sample());
  EXPECT_TRUE(text.starts_with("tegula-partial 1\nsize 3000000\nversion \"65a1-80\"\n0 e3b0"));
  EXPECT_EQ(parse_partial_journal(text).value(), sample());
  const PartialJournal empty;
  EXPECT_EQ(parse_partial_journal(encode(empty)).value(), empty);
}

TEST(PartialJournal, PassesOverLinesThatSayNothing) {
  const std::string hash = hex_encode(kHash);
  const std::string good = encode(sample());
  for (const std::string& line :
       {std::string("\n"), std::string("x\n"), "3 " + hash + "\n", "-1 " + hash + "\n",
        "1 " + hash + "00\n", "1  " + hash + "\n", "1 " + hash.substr(1) + "\n",
        "1 " + hash /* cut short */, std::string("1 ")})
    EXPECT_EQ(parse_partial_journal(good + line).value(), sample()) << line;
  PartialJournal more = sample();
  more.pieces[1] = kHash;
  EXPECT_EQ(parse_partial_journal(good + "x\n" + journal_line(1, kHash)).value(), more);
}

TEST(PartialJournal, NeedsItsHead) {
  for (const std::string text :
       {"", "tegula-partial 1\n", "tegula-partial 2\nsize 1\nversion \n",
        "tegula-partial 1\nsize 1\nversion ", "tegula-partial 1\nsize x\nversion \n",
        "tegula-partial 1\nsize 1\nversion a b\n", "tegula-partial 1\nversion \nsize 1\n",
        "tegula-partial 1\nsize 17592186044417\nversion \n"})
    EXPECT_EQ(parse_partial_journal(text).error().code, Code::Corrupt) << text;
}

TEST(PartialJournal, LimitsVersions) {
  EXPECT_TRUE(is_version(""));
  EXPECT_TRUE(is_version(std::string(limits::kPartialVersionBytesMax, 'x')));
  EXPECT_FALSE(is_version(std::string(limits::kPartialVersionBytesMax + 1, 'x')));
  for (const std::string_view text : {"a b", "a\n", "\x7f", "ü"}) EXPECT_FALSE(is_version(text));
}

}  // namespace
}  // namespace tegula::content

#include "tlog/checkpoint.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tlog/hash_text.h"

namespace tegula::tlog {
namespace {

const std::string kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const std::string kText = "example.com/behind-the-sofa\n20852163\n" + kRoot;

// tlog-checkpoint, the example.
TEST(Checkpoint, ReadsThePublishedExample) {
  const Checkpoint checkpoint = parse_checkpoint(kText).value();
  EXPECT_EQ(checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint.head.size, 20852163U);
  EXPECT_EQ(hash_text(checkpoint.head.root) + "\n", kRoot);
  EXPECT_TRUE(checkpoint.extensions.empty());
  EXPECT_EQ(encode(checkpoint), kText);
}

TEST(Checkpoint, KeepsExtensionsAndAnyOrigin) {
  const std::string text = "rekor.example - 26056\n7\n" + kRoot + "Timestamp: 1689177396\nmore \n";
  const Checkpoint checkpoint = parse_checkpoint(text).value();
  EXPECT_EQ(checkpoint.extensions, (std::vector<std::string>{"Timestamp: 1689177396", "more "}));
  EXPECT_EQ(encode(checkpoint), text);
}

TEST(Checkpoint, KnowsTheEmptyTree) {
  const std::string text = "a\n0\n" + hash_text(empty_root()) + "\n";
  EXPECT_EQ(parse_checkpoint(text).value().head, (TreeHead{0, empty_root()}));
  // Another root is for verify_consistency() to refuse: it is a history, if a wrong one.
  EXPECT_TRUE(parse_checkpoint("a\n0\n" + kRoot));
}

TEST(Checkpoint, RefusesEveryOtherSpelling) {
  const std::string bad[] = {
      "",
      "\n",
      "a\n",
      "a\n1\n",
      "a\n1\n" + kRoot.substr(0, kRoot.size() - 1),
      "\n1\n" + kRoot,
      "a\n\n" + kRoot,
      "a\n1\n\n",
      "a\n1\n" + kRoot + "\n",
      "a\n1\n" + kRoot + "x",
      "a\n1\n" + kRoot + "x\n\ny\n",
      "a\n01\n" + kRoot,
      "a\n-1\n" + kRoot,
      "a\n+1\n" + kRoot,
      "a\n 1\n" + kRoot,
      "a\n1 \n" + kRoot,
      "a\n1e3\n" + kRoot,
      "a\n9223372036854775808\n" + kRoot,
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
      "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
      "a\n1\n0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62\n",
  };
  for (const std::string& text : bad) {
    const auto checkpoint = parse_checkpoint(text);
    ASSERT_FALSE(checkpoint) << text;
    EXPECT_EQ(checkpoint.error().code, Code::Corrupt) << text;
  }
}

TEST(Checkpoint, HoldsItsLimits) {
  EXPECT_TRUE(parse_checkpoint("a\n9223372036854775807\n" + kRoot));
  const std::string origin(limits::kOriginBytesMax, 'o');
  EXPECT_TRUE(parse_checkpoint(origin + "\n1\n" + kRoot));
  EXPECT_EQ(parse_checkpoint("o" + origin + "\n1\n" + kRoot).error().code, Code::Exhausted);
  std::string text = kText;
  for (std::size_t i = 0; i < limits::kCheckpointExtensionsMax; ++i) text += "x\n";
  EXPECT_TRUE(parse_checkpoint(text));
  EXPECT_EQ(parse_checkpoint(text + "x\n").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::tlog

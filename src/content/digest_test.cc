#include "content/digest.h"

#include <unordered_set>

#include <gtest/gtest.h>

namespace tegula::content {
namespace {

// FIPS 180-4's example "abc", and the empty message.
constexpr std::string_view kAbc =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kEmpty =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, NamesBytes) {
  EXPECT_EQ(Digest::of(bytes_of("abc")).str(), kAbc);
  EXPECT_EQ(Digest::of({}).str(), kEmpty);
}

TEST(Digest, ParseAndStrAreInverse) {
  for (const std::string_view text : {kAbc, kEmpty}) {
    const Digest digest = Digest::parse(text).value();
    EXPECT_EQ(digest.str(), text);
    EXPECT_EQ(digest.hex(), text.substr(7));
    EXPECT_EQ(Digest::from_hex(digest.hex()).value(), digest);
  }
}

TEST(Digest, RefusesEveryOtherSpelling) {
  const std::string hex(kAbc.substr(7));
  const std::string bad[] = {
      "",
      "sha256",
      "sha256:",
      hex,
      "SHA256:" + hex,
      "sha512:" + hex + hex,
      "sha256:" + hex.substr(1),
      "sha256:" + hex + "0",
      "sha256:B" + hex.substr(1),
      "sha256:g" + hex.substr(1),
      " sha256:" + hex,
      "sha256:" + hex + "\n",
      "sha256:" + std::string(64, '/'),
      "sha256:../../../../../../../../../../../../../../../../../../../../etc/passwd",
  };
  for (const std::string& text : bad) {
    const auto digest = Digest::parse(text);
    ASSERT_FALSE(digest) << text;
    EXPECT_EQ(digest.error().code, Code::InvalidArgument);
  }
  EXPECT_FALSE(Digest::from_hex(kAbc));
}

TEST(Digest, SaysWhatIsWrong) {
  EXPECT_EQ(Digest::parse("sha256:12").error().text,
            "digest \"sha256:12\": expected 64 hexadecimal characters, got 2");
  EXPECT_NE(Digest::parse("sha256:" + std::string(64, 'A')).error().hint, "");
  EXPECT_LT(Digest::parse(std::string(100'000, 'x')).error().text.size(), 200U);
}

TEST(Digest, OrdersAndHashes) {
  const Digest a = Digest::of(bytes_of("a")), b = Digest::of(bytes_of("b"));
  EXPECT_NE(a, b);
  EXPECT_EQ(a < b, a.str() < b.str());
  const std::unordered_set<Digest> set = {a, b, a};
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(short_form(Digest::parse(kAbc).value()), "sha256:ba7816bf8f01…");
}

}  // namespace
}  // namespace tegula::content

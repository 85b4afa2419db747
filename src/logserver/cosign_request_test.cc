#include "logserver/cosign_request.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

CosignRequest sample(std::size_t hashes) {
  const auto key = tlog::sample_key("log.example", 1);
  CosignRequest out{.old_size = 20};
  out.proof.assign(hashes, tlog::empty_root());
  out.checkpoint.text = "log.example\n30\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
  out.checkpoint.signatures = {tlog::sign_note(out.checkpoint.text, key.key, key.signer).value()};
  return out;
}

TEST(CosignRequest, IsReadAsItWasWritten) {
  for (const std::size_t hashes : {0U, 1U, 63U}) {
    const CosignRequest request = sample(hashes);
    const auto parsed = parse_cosign_request(encode(request));
    ASSERT_TRUE(parsed) << parsed.error().text;
    EXPECT_EQ(parsed->old_size, request.old_size);
    EXPECT_EQ(parsed->proof, request.proof);
    EXPECT_EQ(parsed->checkpoint, request.checkpoint);
  }
  EXPECT_EQ(parse_cosign_request(encode(sample(64))).error().code, Code::Exhausted);
}

TEST(CosignRequest, IsRefusedIfItIsMalformed) {
  const std::string good = encode(sample(1));
  const auto with = [&](std::string_view what, std::string_view instead) {
    std::string out = good;
    return out.replace(out.find(what), what.size(), instead);
  };
  for (const std::string& bad :
       {std::string(), std::string("old 20"), with("old 20\n", ""), with("old 20", "old"),
        with("old 20", "old 020"), with("old 20", "old -1"), with("old 20", "new 20"),
        with("old 20", "old 20 "), with("old 20", "old 9223372036854775808"), with("47DE", "7DE"),
        with("=\n\n", "=\n"), good + "x", good.substr(0, good.size() - 1)})
    EXPECT_EQ(parse_cosign_request(bad).error().code, Code::Corrupt) << bad;
}

TEST(CosignRequest, HasALimit) {
  std::string text = encode(sample(0));
  text.resize(limits::kWitnessRequestBytesMax, 'x');
  EXPECT_EQ(parse_cosign_request(text).error().code, Code::Corrupt);
  EXPECT_EQ(parse_cosign_request(text + "x").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::logserver

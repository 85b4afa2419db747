#include "tlog/log_proof.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "tlog/hash_text.h"
#include "tlog/memory_tree.h"
#include "tlog/sample_keys.h"

namespace tegula::tlog {
namespace {

const SampleKey kLog = sample_key("example.com/fancylog", 1);
const SampleKey kWitness = sample_key("w.example", 2, SignatureType::Cosignature);

Policy policy() {
  return parse_policy("log " + kLog.key.str() + "\nwitness W " + kWitness.key.str() +
                      "\nquorum W\n")
      .value();
}

LogProof proof_of(std::uint64_t index, std::uint64_t size) {
  MemoryTree tree = counted_tree(size);
  LogProof out{.index = index, .proof = prove_inclusion(tree, index, size).value()};
  Note& note = out.checkpoint;
  note.text = encode(Checkpoint{.origin = kLog.key.name(), .head = tree.head(size)});
  note.signatures = {sign_note(note.text, kLog.key, kLog.signer).value(),
                     cosign_note(note.text, 1'700'000'000, kWitness.key, kWitness.signer).value()};
  return out;
}

TEST(LogProof, HoldsOfflineForEveryEntry) {
  const MemoryTree tree = counted_tree(40);
  for (std::uint64_t index = 0; index < 40; ++index) {
    const std::string text = encode(proof_of(index, 40));
    const LogProof proof = parse_log_proof(text).value();
    EXPECT_EQ(encode(proof), text);
    const auto accepted = verify_log_proof(proof, tree.leaf(index), policy()).value();
    EXPECT_EQ(accepted.checkpoint.head, tree.head(40));
    EXPECT_EQ(accepted.witnesses, (std::vector<WitnessedAt>{{"W", 1'700'000'000}}));
    EXPECT_FALSE(verify_log_proof(proof, tree.leaf((index + 1) % 40), policy()));
  }
}

TEST(LogProof, IsTheTextOfTheSpecification) {
  LogProof proof = proof_of(1, 3);
  proof.extra = Bytes{'a', 'b', 'c', 'd'};
  const MemoryTree tree = counted_tree(3);
  const std::string want = "c2sp.org/tlog-proof@v1\nextra YWJjZA==\nindex 1\n" +
                           hash_text(tree.leaf(0)) + "\n" + hash_text(tree.leaf(2)) + "\n\n" +
                           encode(proof.checkpoint);
  EXPECT_EQ(encode(proof), want);
  EXPECT_EQ(parse_log_proof(want).value().extra, proof.extra);
}

TEST(LogProof, HasNoHashesInATreeOfOne) {
  const LogProof proof = parse_log_proof(encode(proof_of(0, 1))).value();
  EXPECT_TRUE(proof.proof.empty());
  EXPECT_TRUE(verify_log_proof(proof, counted_tree(1).leaf(0), policy()));
}

TEST(LogProof, WantsLogAndQuorum) {
  const Hash256 leaf = counted_tree(9).leaf(4);
  const LogProof good = proof_of(4, 9);
  ASSERT_TRUE(verify_log_proof(good, leaf, policy()));
  for (const std::size_t i : {0, 1}) {
    LogProof bad = good;
    bad.checkpoint.signatures.erase(bad.checkpoint.signatures.begin() +
                                    static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(verify_log_proof(bad, leaf, policy()).error().code, Code::Untrusted) << i;
  }
}

// One changed character anywhere but in `extra`, and it is no proof or proves nothing.
TEST(LogProof, FailsForEveryFlippedBit) {
  const Hash256 leaf = counted_tree(5).leaf(2);
  const std::string good = encode(proof_of(2, 5));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    const auto proof = parse_log_proof(bad);
    EXPECT_FALSE(proof && verify_log_proof(*proof, leaf, policy())) << bad;
  }
}

TEST(LogProof, RefusesWhatIsNone) {
  const std::string good = encode(proof_of(1, 2));
  const std::size_t header = good.find('\n') + 1, hash = good.find('\n', header) + 1;
  const std::string rest = good.substr(header), tail = good.substr(hash);
  const std::string head = good.substr(0, header);
  ASSERT_TRUE(parse_log_proof(head + "index 1\n" + tail));
  const std::string bad[] = {
      "",
      rest,
      "c2sp.org/tlog-proof@v2\n" + rest,
      " " + good,
      head,
      head + tail,
      head + "index\n" + tail,
      head + "index 01\n" + tail,
      head + "index -1\n" + tail,
      head + "index  1\n" + tail,
      head + "index 9223372036854775807\n" + tail,
      head + "extra\n" + rest,
      head + "extra \n" + rest,
      head + "extra YWJjZA\n" + rest,
      head + "extra YWJj\nextra YWJj\n" + rest,
      head + "index 1\nextra YWJj\n" + tail,
      head + "index 1\nAAAA\n" + tail,
      head + "index 1\n\n" + tail,
      good.substr(0, good.size() - 1),
      good + "\n",
  };
  for (const std::string& text : bad) {
    const auto proof = parse_log_proof(text);
    ASSERT_FALSE(proof) << text;
    EXPECT_EQ(proof.error().code, Code::Corrupt) << text;
  }
}

TEST(LogProof, HoldsItsLimits) {
  LogProof proof = proof_of(1, 2);
  proof.proof.assign(limits::kLogProofHashesMax, Hash256{});
  EXPECT_TRUE(parse_log_proof(encode(proof)));
  proof.proof.emplace_back();
  EXPECT_EQ(parse_log_proof(encode(proof)).error().code, Code::Exhausted);
  proof = proof_of(1, 2);
  proof.extra = Bytes(limits::kLogProofExtraBytesMax);
  EXPECT_EQ(parse_log_proof(encode(proof)).value().extra, proof.extra);
  proof.extra.push_back(0);
  EXPECT_EQ(parse_log_proof(encode(proof)).error().code, Code::Exhausted);
  const std::string text(limits::kLogProofBytesMax, 'x');
  EXPECT_EQ(parse_log_proof(text).error().code, Code::Corrupt);
  EXPECT_EQ(parse_log_proof(text + "x").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::tlog

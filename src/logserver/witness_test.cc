#include "logserver/witness.h"

#include <array>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logserver/witness_routes.h"
#include "os/faulty_file_system.h"
#include "os/temporary_folder.h"
#include "tlog/lines.h"
#include "tlog/memory_tree.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

constexpr const char* kOrigin = "log.example";

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() {
    tlog::Policy logs;
    logs.logs = {{.key = log_.key, .url = {}}, {.key = other_log_.key, .url = {}}};
    EXPECT_TRUE(create_witness(fs_, root_, "witness.example", logs));
    open();
  }
  void open() {
    witness_.reset();
    witness_ = Witness::open(fs_, clock_, root_).value();
  }

  CosignRequest request(std::uint64_t old_size, std::uint64_t size, tlog::MemoryTree& tree) {
    CosignRequest out{.old_size = old_size};
    out.checkpoint = note(kOrigin, tree.head(size));
    if (old_size <= size) out.proof = tlog::prove_consistency(tree, old_size, size).value();
    return out;
  }
  tlog::Note note(const std::string& origin, const tlog::TreeHead& head) {
    tlog::Note out{.text = tlog::encode(tlog::Checkpoint{.origin = origin, .head = head}),
                   .signatures = {}};
    out.signatures = {tlog::sign_note(out.text, log_.key, log_.signer).value()};
    return out;
  }
  WitnessReply ask(const CosignRequest& request) {
    return witness_->add_checkpoint(encode(request));
  }
  int status(const CosignRequest& request) { return ask(request).status; }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  const os::Path root_ = folder_ / "witness";
  ManualClock clock_;
  tlog::SampleKey log_ = tlog::sample_key(kOrigin, 1);
  tlog::SampleKey other_log_ = tlog::sample_key("other.example", 2);
  tlog::MemoryTree tree_ = tlog::counted_tree(100);
  std::unique_ptr<Witness> witness_;
};

tlog::MemoryTree fork_of(tlog::MemoryTree& tree, std::uint64_t at) {
  tlog::MemoryTree out;
  for (std::uint64_t i = 0; i < tree.size(); ++i) out.append(tree.leaf(i == at ? i + 1 : i));
  return out;
}

TEST_F(WitnessTest, CosignsWhatContinuesTheLast) {
  for (const auto& [old_size, size] :
       {std::pair{0U, 0U}, {0U, 5U}, {5U, 5U}, {5U, 6U}, {6U, 100U}}) {
    const CosignRequest asked = request(old_size, size, tree_);
    const WitnessReply reply = ask(asked);
    ASSERT_EQ(reply.status, 200) << reply.body;
    std::string_view body = reply.body;
    const auto signature = tlog::parse_signature(tlog::take_line(body).value()).value();
    const auto seen = tlog::verify_note({.text = asked.checkpoint.text, .signatures = {signature}},
                                        std::array{witness_->key()});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->at(0).time_s, 1'700'000'000U);
    EXPECT_EQ(body, "");
  }
}

TEST_F(WitnessTest, RefusesASecondHistory) {
  ASSERT_EQ(status(request(0, 50, tree_)), 200);
  tlog::MemoryTree fork = fork_of(tree_, 7);
  EXPECT_EQ(status(request(50, 50, fork)), 422);
  EXPECT_EQ(status(request(50, 80, fork)), 422);
  EXPECT_EQ(status(request(0, 80, fork)), 409);
  CosignRequest wrong = request(50, 80, tree_);
  wrong.proof.pop_back();
  EXPECT_EQ(status(wrong), 422);
  wrong = request(50, 50, tree_);
  wrong.proof.push_back(tlog::empty_root());
  EXPECT_EQ(status(wrong), 422);
  EXPECT_EQ(status(request(50, 80, tree_)), 200);
}

TEST_F(WitnessTest, RefusesAnEmptyTreeWithAnotherRoot) {
  CosignRequest wrong{.old_size = 0};
  wrong.checkpoint = note(kOrigin, {.size = 0, .root = tree_.leaf(0)});
  EXPECT_EQ(status(wrong), 422);
}

TEST_F(WitnessTest, TellsWhatItHasSeenToWhoeverIsBehind) {
  ASSERT_EQ(status(request(0, 50, tree_)), 200);
  for (const auto& [old_size, size] : {std::pair{0U, 20U}, {20U, 30U}, {0U, 80U}, {60U, 80U}}) {
    const WitnessReply reply = ask(request(old_size, size, tree_));
    EXPECT_EQ(reply, (WitnessReply{.status = 409, .body = "50\n", .is_size = true}));
  }
}

TEST_F(WitnessTest, RefusesWhatIsNotOfALogThatItKnows) {
  EXPECT_EQ(witness_->add_checkpoint("old 0").status, 400);
  EXPECT_EQ(status(request(60, 50, tree_)), 400);
  CosignRequest unknown{.old_size = 0};
  unknown.checkpoint = note("unknown.example", tree_.head(5));
  EXPECT_EQ(status(unknown), 404);
  CosignRequest foreign{.old_size = 0};  // signed by a log, but not by this one
  foreign.checkpoint = note("other.example", tree_.head(5));
  EXPECT_EQ(status(foreign), 403);
  CosignRequest forged = request(0, 5, tree_);
  forged.checkpoint.signatures[0].bytes[0] ^= 1;
  EXPECT_EQ(status(forged), 403);
  CosignRequest text = request(0, 5, tree_);
  text.checkpoint.text = "no checkpoint\n";
  text.checkpoint.signatures = {
      tlog::sign_note(text.checkpoint.text, log_.key, log_.signer).value()};
  EXPECT_EQ(status(text), 400);
}

TEST_F(WitnessTest, RemembersAfterARestart) {
  ASSERT_EQ(status(request(0, 50, tree_)), 200);
  open();
  EXPECT_EQ(ask(request(0, 60, tree_)).body, "50\n");
  EXPECT_EQ(status(request(50, 60, tree_)), 200);
}

TEST_F(WitnessTest, IsOpenedByOneAndNotWithADamagedState) {
  EXPECT_EQ(Witness::open(fs_, clock_, root_).error().code, Code::Unavailable);
  ASSERT_EQ(status(request(0, 50, tree_)), 200);
  witness_.reset();
  const os::Path path = root_ / "state" / origin_hash(kOrigin);
  std::string text = os::read_file(fs_, path, 10'000).value();
  text.replace(text.find("50"), 2, "40");
  ASSERT_TRUE(os::write_durably(fs_, path, bytes_of(text)));
  EXPECT_FALSE(Witness::open(fs_, clock_, root_));
}

// A signature that got out and was forgotten would let it sign a fork.
TEST_F(WitnessTest, SignsNothingThatItCannotRemember) {
  ASSERT_EQ(status(request(0, 50, tree_)), 200);
  witness_.reset();
  for (std::size_t at = 0;; ++at) {
    os::FaultyFileSystem faulty(fs_, {.at = at});
    auto witness = Witness::open(faulty, clock_, root_);
    if (!witness) continue;
    const int first = (*witness)->add_checkpoint(encode(request(50, 80, tree_))).status;
    if (first == 200) break;
    EXPECT_EQ(first, 500) << at;
    // What is on disk decides what comes next: the old one or, though nobody saw it, the new one.
    tlog::MemoryTree fork = fork_of(tree_, 7);
    const int other = (*witness)->add_checkpoint(encode(request(50, 90, fork))).status;
    EXPECT_TRUE(other == 422 || other == 409) << other;
    // Start the next one where this one did.
    ASSERT_TRUE(fs_.remove(root_ / "state" / origin_hash(kOrigin)));
    witness->reset();
    open();
    ASSERT_EQ(status(request(0, 50, tree_)), 200);
    witness_.reset();
  }
}

TEST_F(WitnessTest, ShowsMonitorsWhatItHasSeen) {
  std::vector<net::ServerReply> replies;
  const auto get = [&](const std::string& method, const std::string& path, std::string body) {
    witness_handler (*witness_)(
        {.method = method, .path = path, .body = std::move(body)},
        net::Responder([&](net::ServerReply reply) { replies.push_back(std::move(reply)); }));
    return replies.back();
  };
  const std::string at = "/" + origin_hash(kOrigin) + "/checkpoint";
  EXPECT_EQ(get("GET", at, "").status, 404);
  EXPECT_EQ(get("POST", "/add-checkpoint", encode(request(0, 50, tree_))).status, 200);
  const auto behind = get("POST", "/add-checkpoint", encode(request(0, 60, tree_)));
  EXPECT_EQ(behind.status, 409);
  EXPECT_EQ(behind.headers[0].value, "text/x.tlog.size");
  const auto shown = get("GET", at, "");
  EXPECT_EQ(shown.status, 200);
  const tlog::Note note = tlog::parse_note(shown.body).value();
  EXPECT_EQ(tlog::verify_note(note, std::array{log_.key, witness_->key()}).value().size(), 2U);
  EXPECT_EQ(get("GET", "/add-checkpoint", "").status, 405);
  for (const char* path : {"/", "/checkpoint", "//checkpoint", "/x/checkpoint", "/state"})
    EXPECT_EQ(get("GET", path, "").status, 404) << path;
}

}  // namespace
}  // namespace tegula::logserver

#include "logserver/witness_client.h"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logserver/http_witnesses.h"
#include "logserver/sample_log.h"
#include "logserver/witness.h"
#include "net/fake_transport.h"
#include "os/temporary_folder.h"
#include "tlog/memory_tree.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kOrigin = "log.example";

// A witness behind an address, as HTTP shows it.
net::FakeReply serve(Witness& witness, const net::HttpRequest& request) {
  if (request.method == "POST") {
    const WitnessReply reply = witness.add_checkpoint(request.body);
    return {.status = reply.status, .body = reply.body};
  }
  const std::string path = request.url.path();
  const auto note = witness.checkpoint(path.substr(1, path.find('/', 1) - 1));
  return note ? net::FakeReply{.body = *note} : net::FakeReply{.status = 404};
}

class WitnessClientTest : public ::testing::Test {
 protected:
  WitnessClientTest() {
    tlog::Policy logs;
    logs.logs = {{.key = log_.key, .url = {}}};
    EXPECT_TRUE(create_witness(fs_, folder_ / "w", "witness.example", logs));
    witness_ = Witness::open(fs_, clock_, folder_ / "w").value();
  }

  SignedCheckpoint head(std::uint64_t size, tlog::MemoryTree& tree) {
    SignedCheckpoint out{.checkpoint = {.origin = kOrigin, .head = tree.head(size)}, .note = {}};
    out.note.text = tlog::encode(out.checkpoint);
    out.note.signatures = {tlog::sign_note(out.note.text, log_.key, log_.signer).value()};
    return out;
  }
  WitnessClient client(tlog::MemoryTree& tree) {
    return {{.name = "w", .key = witness_->key(), .url = "https://w.example"},
            log_.key,
            transport_,
            [&tree](std::uint64_t old_size, std::uint64_t size) {
              return tlog::prove_consistency(tree, old_size, size);
            }};
  }

  // That the log was rolled back.
  bool is_proof(const WitnessAnswer& answer, const SignedCheckpoint& head, tlog::MemoryTree& tree) {
    const auto prove = [&tree](std::uint64_t old_size, std::uint64_t size) {
      return tlog::prove_consistency(tree, old_size, size);
    };
    return answer.shown && is_another_history(*answer.shown, head, prove).value();
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  ManualClock clock_;
  tlog::SampleKey log_ = tlog::sample_key(kOrigin, 1);
  tlog::MemoryTree tree_ = tlog::counted_tree(100);
  std::unique_ptr<Witness> witness_;
  std::optional<net::FakeReply> instead_;
  net::FakeTransport transport_{[this](const net::HttpRequest& request) {
    return instead_ ? *instead_ : serve(*witness_, request);
  }};
};

TEST_F(WitnessClientTest, GetsACosignatureForEachCheckpoint) {
  WitnessClient asks = client(tree_);
  for (const std::uint64_t size : {0U, 5U, 5U, 70U, 100U}) {
    const WitnessAnswer answer = asks.ask(head(size, tree_), {});
    EXPECT_TRUE(answer.signature) << answer.problem;
    EXPECT_EQ(answer.problem, "");
  }
  EXPECT_EQ(transport_.log().size(), 5U);
  EXPECT_EQ(transport_.log()[0], "POST https://w.example/add-checkpoint");
}

TEST_F(WitnessClientTest, LearnsWhatTheWitnessHasSeen) {
  ASSERT_TRUE(client(tree_).ask(head(30, tree_), {}).signature);
  EXPECT_TRUE(client(tree_).ask(head(40, tree_), {}).signature);
  EXPECT_EQ(transport_.log().size(), 3U);
}

// The witness shows our own signature over what we don't have.
TEST_F(WitnessClientTest, FindsOutThatItsLogWasRolledBack) {
  ASSERT_TRUE(client(tree_).ask(head(50, tree_), {}).signature);
  const WitnessAnswer behind = client(tree_).ask(head(40, tree_), {});
  EXPECT_FALSE(behind.signature);
  EXPECT_TRUE(is_proof(behind, head(40, tree_), tree_));
  EXPECT_THAT(behind.problem, HasSubstr("50"));
  tlog::MemoryTree fork;
  for (std::uint64_t i = 0; i < 100; ++i) fork.append(tree_.leaf(i == 45 ? 0 : i));
  const WitnessAnswer other = client(fork).ask(head(60, fork), {});
  EXPECT_FALSE(other.signature);
  EXPECT_TRUE(is_proof(other, head(60, fork), fork));
}

TEST_F(WitnessClientTest, BelievesNoWitnessWithoutProof) {
  for (const net::FakeReply& lie :
       {net::FakeReply{.status = 409, .body = "99\n"}, net::FakeReply{.status = 422},
        net::FakeReply{.status = 409, .body = "x\n"}, net::FakeReply{.status = 409},
        net::FakeReply{.status = 200}, net::FakeReply{.status = 200, .body = "nonsense\n"},
        net::FakeReply{.status = 500, .body = "\x1b[2J\n"}, net::FakeReply{.breaks_off = true}}) {
    instead_ = lie;
    const WitnessAnswer answer = client(tree_).ask(head(50, tree_), {});
    EXPECT_FALSE(answer.signature);
    EXPECT_FALSE(answer.shown);
    EXPECT_NE(answer.problem, "");
    EXPECT_EQ(answer.problem.find('\x1b'), std::string::npos);
  }
  instead_.reset();
  const auto good = client(tree_).ask(head(50, tree_), {});
  ASSERT_TRUE(good.signature);
  tlog::NoteSignature bad = *good.signature;
  bad.bytes.back() ^= 1;
  instead_ = net::FakeReply{.body = tlog::encode(bad)};
  EXPECT_FALSE(client(tree_).ask(head(50, tree_), {}).signature);
  instead_->body += tlog::encode(*good.signature);  // the first one of its key counts
  EXPECT_FALSE(client(tree_).ask(head(50, tree_), {}).signature);
}

// A witness that needs longer than the quorum is heard all the same: what it shows is held against
// whatever the log has by then.
TEST_F(WitnessClientTest, HearsProofFromASlowWitness) {
  tlog::Policy logs, policy;
  logs.logs = {{.key = log_.key, .url = {}}};
  const auto quick_key = create_witness(fs_, folder_ / "q", "quick.example", logs).value();
  const auto quick = Witness::open(fs_, clock_, folder_ / "q").value();
  policy.witnesses = {{.name = "w", .key = witness_->key(), .url = "https://slow.example"},
                      {.name = "q", .key = quick_key, .url = "https://quick.example"}};
  // Shows its checkpoint only after the collection that asked for it has ended.
  std::atomic<std::size_t> collected = 0;
  std::atomic<bool> is_over = false;
  net::FakeTransport transport([&](const net::HttpRequest& request) {
    if (request.url.host() == "quick.example") return serve(*quick, request);
    const std::size_t before = collected;
    if (request.method == "GET" && !is_over) collected.wait(before);
    return serve(*witness_, request);
  });
  ASSERT_TRUE(client(tree_).ask(head(50, tree_), {}).signature);
  tlog::MemoryTree fork;
  for (std::uint64_t i = 0; i < 100; ++i) fork.append(tree_.leaf(i == 45 ? 0 : i));
  const SystemClock real;
  HttpWitnesses asked(policy, log_.key, transport, real,
                      [&fork](std::uint64_t old_size, std::uint64_t size) {
                        return tlog::prove_consistency(fork, old_size, size);
                      });
  std::optional<Error> ahead;
  for (std::uint64_t size = 41; size < 100 && !ahead; ++size) {
    const auto one = [](const auto& signatures) { return !signatures.empty(); };
    ahead = asked.collect(head(size, fork), one, {}).ahead;
    ++collected;
    collected.notify_all();
  }
  is_over = true;
  ++collected;
  collected.notify_all();
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->code, Code::Corrupt);
  EXPECT_THAT(ahead->text, HasSubstr("50 entries"));
}

// An honest log that has grown past what a slow witness shows is not accused.
TEST_F(WitnessClientTest, JudgesALateAnswerByWhatTheLogHasNow) {
  ASSERT_TRUE(client(tree_).ask(head(50, tree_), {}).signature);
  const auto prove = [this](std::uint64_t old_size, std::uint64_t size) {
    return tlog::prove_consistency(tree_, old_size, size);
  };
  const WitnessAnswer late = client(tree_).ask(head(40, tree_), {});
  ASSERT_TRUE(late.shown);
  EXPECT_TRUE(is_another_history(*late.shown, head(40, tree_), prove).value());
  EXPECT_FALSE(is_another_history(*late.shown, head(50, tree_), prove).value());
  EXPECT_FALSE(is_another_history(*late.shown, head(90, tree_), prove).value());
}

// A whole log with three witnesses, of which one is down.
TEST_F(WitnessClientTest, PublishesWithTheQuorumThatAnswers) {
  tlog::Policy policy, logs;
  SampleLog log(fs_, folder_ / "log");
  logs.logs = {{.key = log.create().value(), .url = {}}};
  std::vector<std::unique_ptr<Witness>> witnesses;
  for (const char* name : {"a", "b", "c"}) {
    const auto key = create_witness(fs_, folder_ / name, name, logs).value();
    witnesses.push_back(Witness::open(fs_, clock_, folder_ / name).value());
    policy.witnesses.push_back({.name = name, .key = key, .url = fmt::format("https://{}", name)});
  }
  policy.groups = {
      {.name = "two", .threshold = 2, .members = {{.place = 0}, {.place = 1}, {.place = 2}}}};
  policy.quorum = {.kind = tlog::PolicyMember::Kind::Group, .place = 0};
  policy.logs = logs.logs;
  ASSERT_TRUE(os::write_durably(fs_, folder_ / "log" / "policy", bytes_of(tlog::encode(policy))));
  net::FakeTransport transport([&](const net::HttpRequest& request) {
    const std::size_t number = static_cast<std::size_t>(request.url.host()[0] - 'a');
    return number == 2 ? net::FakeReply{.status = 503} : serve(*witnesses[number], request);
  });
  const SystemClock real;
  const TileStore store(fs_, folder_ / "log" / "public");
  HttpWitnesses asked(policy, logs.logs[0].key, transport, real,
                      [&](std::uint64_t old_size, std::uint64_t size) {
                        tlog::TileReader nodes = store.nodes(size);
                        return tlog::prove_consistency(nodes, old_size, size);
                      });
  ASSERT_TRUE(log.open(&asked));
  for (std::size_t i = 0; i < 3; ++i) {
    log.add(sample_entries(i * 200, 200));
    const auto published = log.publish();
    ASSERT_TRUE(published) << published.error().text;
    const auto note = tlog::parse_note(log.log().publisher().last()->note).value();
    EXPECT_EQ(tlog::accept(policy, note).value().witnesses.size(), 2U);
  }
}

}  // namespace
}  // namespace tegula::logserver

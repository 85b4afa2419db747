#include "logserver/log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "logserver/sample_log.h"
#include "os/faulty_file_system.h"
#include "os/temporary_folder.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Signs with the keys that it has, or says what it was told to.
class FakeWitnesses final : public Cosigners {
 public:
  Cosigned collect(const SignedCheckpoint& head, const Enough&, const Stop&) override {
    Cosigned out = says;
    for (const tlog::SampleKey* key : signing)
      out.signatures.push_back(
          tlog::cosign_note(head.note.text, 1'700'000'000, key->key, key->signer).value());
    ++asked;
    return out;
  }

  std::vector<const tlog::SampleKey*> signing;
  Cosigned says;
  std::size_t asked = 0;
};

class LogTest : public ::testing::Test {
 protected:
  std::string published() {
    return os::read_file(fs_, folder_ / "log/public/checkpoint", limits::kNoteBytesMax)
        .value_or("(none)");
  }
  std::string size_line() {
    const std::string text = published();
    const std::size_t begin = text.find('\n') + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  tlog::Policy any_of(std::size_t threshold) {
    tlog::Policy policy;
    policy.witnesses = {{.name = "a", .key = a_.key, .url = {}},
                        {.name = "b", .key = b_.key, .url = {}}};
    policy.groups = {
        {.name = "all", .threshold = threshold, .members = {{.place = 0}, {.place = 1}}}};
    policy.quorum = {.kind = tlog::PolicyMember::Kind::Group, .place = 0};
    return policy;
  }
  // Puts a copy of the log's file aside, and back.
  std::string take(const char* path) {
    return os::read_file(fs_, folder_ / path, 1'000'000).value();
  }
  void put(const char* path, const std::string& bytes) {
    ASSERT_TRUE(os::write_durably(fs_, folder_ / path, bytes_of(bytes)));
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  SampleLog sample_{fs_, folder_ / "log"};
  tlog::SampleKey a_ = tlog::sample_key("a.example", 1, tlog::SignatureType::Cosignature);
  tlog::SampleKey b_ = tlog::sample_key("b.example", 2, tlog::SignatureType::Cosignature);
};

TEST_F(LogTest, IsMadeOnceAndOpenedByOne) {
  EXPECT_EQ(sample_.open().error().code, Code::NotFound);
  const auto key = sample_.create();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name(), kSampleOrigin);
  EXPECT_EQ(sample_.create().error().code, Code::AlreadyExists);
  ASSERT_TRUE(sample_.open());
  EXPECT_EQ(sample_.log().identity().key, *key);
  SampleLog other(fs_, folder_ / "log");
  EXPECT_EQ(other.open().error().code, Code::Unavailable);
  sample_.close();
  EXPECT_TRUE(other.open());
}

// Whoever finds a log finds what belongs to it, too.
TEST_F(LogTest, CountsAsMadeWhenItsCompanionsAreThere) {
  ManualClock clock;
  SeededRandom random(1);
  const LogWorld world{fs_, clock, random};
  const LogConfig config{.kind = LogKind::Rekor, .origin = std::string(kSampleOrigin), .url = {}};
  const os::Path root = folder_ / "whole";
  std::vector<std::string> keys;
  const auto fails = [&](const tlog::NoteKey& key) -> Result<void> {
    keys.push_back(key.str());
    return fail(Code::DiskFull, "no space");
  };
  EXPECT_EQ(create_log(world, root, config, {}, fails).error().code, Code::DiskFull);
  SampleLog sample(fs_, root);
  EXPECT_EQ(sample.open().error().code, Code::NotFound);
  const auto adds = [&](const tlog::NoteKey& key) {
    keys.push_back(key.str());
    return os::write_durably(fs_, root / "companion", {});
  };
  const std::string made = create_log(world, root, config, {}, adds).value().str();
  EXPECT_THAT(keys, ::testing::ElementsAre(made, made));
  EXPECT_TRUE(sample.open());
}

// What couldn't be opened later isn't made.
TEST_F(LogTest, IsMadeOnlyWithAPolicyThatHolds) {
  tlog::Policy twice = any_of(2);
  twice.witnesses[1].key = a_.key;
  EXPECT_EQ(sample_.create(twice).error().code, Code::InvalidArgument);
  EXPECT_FALSE(os::exists(fs_, folder_ / "log").value());
  EXPECT_TRUE(sample_.create(any_of(2)));
}

TEST_F(LogTest, PublishesWhatWasSequenced) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  EXPECT_TRUE(sample_.publish().value());
  EXPECT_EQ(size_line(), "0");
  EXPECT_FALSE(sample_.publish().value());
  sample_.add(sample_entries(0, 3));
  EXPECT_TRUE(sample_.publish().value());
  EXPECT_EQ(size_line(), "3");
  EXPECT_FALSE(sample_.publish().value());
  sample_.clock().advance(std::chrono::seconds(600));  // old cosignatures are made anew
  EXPECT_TRUE(sample_.publish().value());
  ASSERT_TRUE(sample_.open());
  EXPECT_FALSE(sample_.publish().value());
}

TEST_F(LogTest, TellsThoseWhoWaitForAPublication) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  std::vector<std::string> told;
  const auto wait = [&](std::uint64_t size) {
    sample_.log().publisher().when_published(size, [&told, size](const auto& published) {
      told.push_back(published ? fmt::format("{} in {}", size, (*published)->checkpoint.head.size)
                               : fmt::format("{} not", size));
    });
  };
  wait(1);
  sample_.add(sample_entries(0, 3));
  wait(3);
  wait(4);
  ASSERT_TRUE(sample_.publish());
  EXPECT_THAT(told, ::testing::ElementsAre("1 in 3", "3 in 3"));
  wait(2);
  EXPECT_THAT(told.back(), "2 in 3");
  sample_.clock().advance(limits::kPublicationWaitMax);
  ASSERT_TRUE(sample_.publish());
  EXPECT_EQ(told.back(), "4 not");
}

TEST_F(LogTest, DropsPartialTilesThatAreFullNow) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  for (std::size_t i = 0; i < 4; ++i) {
    sample_.add(sample_entries(i * 80, 80));
    ASSERT_TRUE(sample_.publish());
  }
  EXPECT_FALSE(fs_.stat(folder_ / "log/public/tile/0/000.p"));
  EXPECT_FALSE(fs_.stat(folder_ / "log/public/tile/entries/000.p"));
  EXPECT_TRUE(fs_.stat(folder_ / "log/public/tile/0/001.p/64"));
  ASSERT_TRUE(sample_.open());
  Promises promises;
  for (std::size_t i = 0; i < 320; ++i) promises.entries[i] = sample_entries(i, 1)[0];
  EXPECT_THAT(broken_promises(sample_.log(), promises), IsEmpty());
}

TEST_F(LogTest, PublishesOnlyWithAQuorum) {
  ASSERT_TRUE(sample_.create(any_of(2)));
  FakeWitnesses witnesses;
  ASSERT_TRUE(sample_.open(&witnesses));
  sample_.add({"a"});
  witnesses.says.problems = {"b.example does not answer"};
  for (const auto& signing :
       std::vector<std::vector<const tlog::SampleKey*>>{{}, {&a_}, {&a_, &a_}}) {
    witnesses.signing = signing;
    const auto refused = sample_.publish();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Unavailable);
    EXPECT_THAT(refused.error().text, HasSubstr("b.example does not answer"));
    EXPECT_EQ(published(), "(none)");
  }
  EXPECT_EQ(sample_.add({"b"})[0].value().index, 1U);  // entries are safe meanwhile
  witnesses.signing = {&a_, &b_};
  EXPECT_TRUE(sample_.publish().value());
  EXPECT_EQ(size_line(), "2");
  tlog::Policy policy = any_of(2);
  policy.logs = {{.key = sample_.log().identity().key, .url = {}}};
  EXPECT_TRUE(tlog::accept(policy, tlog::parse_note(published()).value()));
}

TEST_F(LogTest, HaltsWhenAWitnessHasSeenMore) {
  ASSERT_TRUE(sample_.create(any_of(1)));
  FakeWitnesses witnesses;
  ASSERT_TRUE(sample_.open(&witnesses));
  witnesses.signing = {&a_};
  witnesses.says.ahead = Error{Code::Corrupt, "a.example has seen 9 entries", {}};
  EXPECT_EQ(sample_.publish().error().code, Code::Corrupt);
  EXPECT_EQ(published(), "(none)");
  EXPECT_EQ(sample_.add({"a"})[0].error().code, Code::Corrupt);
}

// The proof is seen once; what was signed before it is never published afterwards.
TEST_F(LogTest, PublishesNothingOnceHalted) {
  ASSERT_TRUE(sample_.create(any_of(1)));
  FakeWitnesses witnesses;
  ASSERT_TRUE(sample_.open(&witnesses));
  std::vector<Code> told;
  const auto wait = [&] {
    sample_.log().publisher().when_published(1, [&told](const auto& ready) {
      told.push_back(ready ? Code::Internal : ready.error().code);
    });
  };
  sample_.add({"a"});
  wait();
  witnesses.signing = {&a_};
  witnesses.says.ahead = Error{Code::Corrupt, "a.example has seen 9 entries", {}};
  EXPECT_EQ(sample_.publish().error().code, Code::Corrupt);
  witnesses.says.ahead.reset();
  for (int i = 0; i < 3; ++i) {
    const auto refused = sample_.publish();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Corrupt);
    EXPECT_THAT(refused.error().text, HasSubstr("a.example has seen 9 entries"));
  }
  EXPECT_EQ(published(), "(none)");
  EXPECT_EQ(witnesses.asked, 1U);
  wait();
  EXPECT_THAT(told, ::testing::ElementsAre(Code::Corrupt, Code::Corrupt));
}

TEST_F(LogTest, StaysHaltedWhenItIsOpenedAgain) {
  ASSERT_TRUE(sample_.create(any_of(1)));
  FakeWitnesses witnesses;
  ASSERT_TRUE(sample_.open(&witnesses));
  const std::string why = std::string(100, 'a') + ".example has seen 9 entries";
  witnesses.says.ahead = Error{Code::Corrupt, why, {}};
  EXPECT_EQ(sample_.publish().error().code, Code::Corrupt);
  sample_.close();
  witnesses.says.ahead.reset();
  const auto opened = sample_.open(&witnesses);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Corrupt);
  EXPECT_THAT(opened.error().text, HasSubstr(why));
  EXPECT_THAT(opened.error().hint, HasSubstr("newest copy"));
  // The owner has put a newer copy back.
  ASSERT_TRUE(fs_.remove(folder_ / "log" / "halted"));
  EXPECT_TRUE(sample_.open(&witnesses));
}

// A disk that refuses to keep the halt is asked again; the log stands still meanwhile.
TEST_F(LogTest, KeepsTheHaltOnceTheDiskTakesIt) {
  ASSERT_TRUE(sample_.create(any_of(1)));
  bool is_kept = false;
  for (std::size_t at = 0; !is_kept; ++at) {
    os::FaultyFileSystem faulty(fs_, {.at = at});
    SampleLog log(faulty, folder_ / "log");
    FakeWitnesses witnesses;
    if (!log.open(&witnesses)) continue;
    witnesses.says.ahead = Error{Code::Corrupt, "a.example has seen 9 entries", {}};
    EXPECT_EQ(log.publish().error().code, Code::Corrupt);
    is_kept = os::exists(fs_, folder_ / "log" / "halted").value();
    EXPECT_EQ(log.publish().error().code, Code::Corrupt);
    EXPECT_TRUE(os::exists(fs_, folder_ / "log" / "halted").value()) << at;
    log.close();
    ASSERT_TRUE(fs_.remove(folder_ / "log" / "halted"));
  }
}

// A backup that is older than what the world has seen must not sign.
TEST_F(LogTest, DoesNotOpenWithAnOldRecord) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  sample_.add(sample_entries(0, 10));
  const std::string old = take("log/record");
  sample_.add(sample_entries(10, 10));
  ASSERT_TRUE(sample_.publish());
  sample_.close();
  put("log/record", old);
  EXPECT_EQ(sample_.open().error().code, Code::Corrupt);
}

TEST_F(LogTest, DoesNotOpenWithOldTiles) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  sample_.add(sample_entries(0, 10));
  ASSERT_TRUE(sample_.publish());
  const std::string old = take("log/record");
  sample_.add(sample_entries(10, 10));
  const std::string now = take("log/record");
  sample_.close();
  for (const char* path : {"log/public/tile/0/000.p/20", "log/public/tile/entries/000.p/20"}) {
    const std::string bytes = take(path);
    ASSERT_TRUE(fs_.remove(folder_ / path));
    EXPECT_FALSE(sample_.open()) << path;
    put(path, bytes);
    EXPECT_TRUE(sample_.open()) << path;
    sample_.close();
  }
}

TEST_F(LogTest, DoesNotOpenBesideAForgedCheckpoint) {
  ASSERT_TRUE(sample_.create());
  ASSERT_TRUE(sample_.open());
  sample_.add(sample_entries(0, 10));
  ASSERT_TRUE(sample_.publish());
  sample_.close();
  std::string forged = take("log/public/checkpoint");
  forged.replace(forged.find("\n10\n"), 4, "\n11\n");
  put("log/public/checkpoint", forged);
  EXPECT_EQ(sample_.open().error().code, Code::Untrusted);
}

}  // namespace
}  // namespace tegula::logserver

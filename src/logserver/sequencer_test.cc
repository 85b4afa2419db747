#include "logserver/sequencer.h"

#include <atomic>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "logserver/sample_log.h"
#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class SequencerTest : public ::testing::Test {
 protected:
  SequencerTest() { EXPECT_TRUE(sample_.create()); }

  Sequencer& sequencer() { return sample_.log().sequencer(); }

  os::PosixFileSystem posix_;
  const os::TemporaryFolder folder_;
  SampleLog sample_{posix_, folder_ / "log"};
};

Placed placed(std::uint64_t index) { return {.index = index, .is_duplicate = false}; }
Placed again(std::uint64_t index) { return {.index = index, .is_duplicate = true}; }

TEST_F(SequencerTest, GivesIndicesInOrderAndKeepsThem) {
  Promises promises;
  std::uint64_t next = 0;
  for (const std::size_t count : {1U, 2U, 300U, 209U, 1U}) {
    ASSERT_TRUE(sample_.open());
    for (const auto& answer : sample_.add(sample_entries(next, count))) {
      ASSERT_TRUE(answer) << answer.error().text;
      EXPECT_EQ(*answer, placed(next));
      promises.entries[next] = fmt::format("entry {}", next);
      ++next;
    }
    promises.notes.push_back(tlog::encode(sequencer().head().note));
    EXPECT_EQ(sequencer().head().checkpoint.head.size, next);
    EXPECT_THAT(broken_promises(sample_.log(), promises), ::testing::IsEmpty());
  }
}

TEST_F(SequencerTest, GivesOneEntryOneIndex) {
  ASSERT_TRUE(sample_.open());
  const auto first = sample_.add({"a", "b", "a", ""});
  EXPECT_EQ(first[0].value(), placed(0));
  EXPECT_EQ(first[1].value(), placed(1));
  EXPECT_EQ(first[2].value(), again(0));
  EXPECT_EQ(first[3].value(), placed(2));
  EXPECT_EQ(sample_.add({"b"})[0].value(), again(1));
  ASSERT_TRUE(sample_.open());  // remembers after a restart
  EXPECT_EQ(sample_.add({"a"})[0].value(), again(0));
  EXPECT_EQ(sequencer().head().checkpoint.head.size, 3U);
}

TEST_F(SequencerTest, TakesEntriesUpToTheLimit) {
  ASSERT_TRUE(sample_.open());
  EXPECT_TRUE(sample_.add({std::string(limits::kLogEntryBytesMax, 'x')})[0]);
  EXPECT_EQ(sample_.add({std::string(limits::kLogEntryBytesMax + 1, 'x')})[0].error().code,
            Code::Exhausted);
}

TEST_F(SequencerTest, TakesNoMoreThanThePoolHolds) {
  ASSERT_TRUE(sample_.open());
  std::size_t answers = 0;
  const auto add = [&](const std::string& text) {
    return sequencer().add(Bytes(text.begin(), text.end()), [&](const auto&) { ++answers; });
  };
  for (std::size_t i = 0; i < limits::kLogPoolEntriesMax; ++i)
    ASSERT_TRUE(add(fmt::to_string(i % 1000)));  // those who bring the same wait as well
  EXPECT_FALSE(add("one more"));
  EXPECT_FALSE(add("7"));
  EXPECT_EQ(answers, 0U);
  EXPECT_EQ(sample_.log().sequence().value(), 1000U);
  EXPECT_EQ(answers, limits::kLogPoolEntriesMax);
  EXPECT_EQ(sequencer().waiting(), 0U);
  EXPECT_TRUE(add("one more"));
  EXPECT_EQ(sample_.log().sequence().value(), 1U);
}

TEST_F(SequencerTest, TakesNoMoreBytesThanThePoolHolds) {
  ASSERT_TRUE(sample_.open());
  std::size_t taken = 0;
  const auto add = [&] {
    std::string text(limits::kLogEntryBytesMax, 'x');
    text.replace(0, 8, fmt::format("{:08}", taken));
    return sequencer().add(Bytes(text.begin(), text.end()), [](const auto&) {});
  };
  while (add()) ++taken;
  EXPECT_EQ(taken, limits::kLogPoolBytesMax / limits::kLogEntryBytesMax);
}

TEST_F(SequencerTest, PlacesALargePoolInRounds) {
  ASSERT_TRUE(sample_.open());
  for (std::size_t i = 0; i < limits::kLogRoundEntriesMax + 1; ++i) {
    const std::string text = fmt::to_string(i);
    ASSERT_TRUE(sequencer().add(Bytes(text.begin(), text.end()), [](const auto&) {}));
  }
  EXPECT_EQ(sample_.log().sequence().value(), limits::kLogRoundEntriesMax);
  EXPECT_EQ(sample_.log().sequence().value(), 1U);
  EXPECT_EQ(sample_.log().sequence().value(), 0U);
}

// Many clients share what one costs.
TEST_F(SequencerTest, SyncsPerRoundAndNotPerEntry) {
  os::RecordingFileSystem recording(posix_, folder_.path());
  SampleLog log(recording, folder_ / "log");
  ASSERT_TRUE(log.open());
  const auto syncs_of = [&](std::size_t first, std::size_t count) {
    const std::size_t before = recording.record().size();
    log.add(sample_entries(first, count));
    const os::Record record = recording.record();
    return std::count_if(record.begin() + static_cast<std::ptrdiff_t>(before), record.end(),
                         [](const os::Operation& op) {
                           return op.kind == os::Operation::Kind::Sync ||
                                  op.kind == os::Operation::Kind::SyncFolder;
                         });
  };
  syncs_of(0, 1);
  const auto one = syncs_of(1, 1);
  EXPECT_LE(one, 6);
  EXPECT_LE(syncs_of(2, 200), one);
}

TEST_F(SequencerTest, HaltsForGood) {
  ASSERT_TRUE(sample_.open());
  sequencer().halt({Code::Corrupt, "seen elsewhere", {}});
  EXPECT_EQ(sample_.add({"a"})[0].error().code, Code::Corrupt);
  EXPECT_EQ(sequencer().head().checkpoint.head.size, 0U);
}

// Every change fails once: the clients are told, nothing that was acknowledged is lost, and the
// next round goes on.
TEST_F(SequencerTest, GoesOnAfterAnyFailure) {
  for (std::size_t at = 0;; ++at) {
    const os::TemporaryFolder folder;
    SampleLog made(posix_, folder / "log");
    ASSERT_TRUE(made.create());
    os::FaultyFileSystem faulty(posix_, {.at = at, .short_append = true});
    SampleLog log(faulty, folder / "log");
    if (!log.open()) continue;
    Promises promises;
    std::size_t refused = 0, next = 0;
    std::vector<std::string> again;
    for (const std::size_t count : {3U, 253U, 1U, 5U}) {
      auto entries = sample_entries(next, count);
      entries.insert(entries.end(), again.begin(), again.end());
      const auto answers = log.add(entries);
      again.clear();
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (answers[i]) promises.entries[answers[i]->index] = entries[i];
        if (!answers[i]) again.push_back(entries[i]);
        refused += answers[i] ? 0U : 1U;
      }
      promises.notes.push_back(tlog::encode(log.log().sequencer().head().note));
      next += count;
    }
    EXPECT_THAT(broken_promises(log.log(), promises), ::testing::IsEmpty()) << at;
    // Those that were refused may be there; brought again they are there once.
    std::set<std::uint64_t> indices;
    for (const auto& answer : log.add(sample_entries(0, next)))
      EXPECT_TRUE(indices.insert(answer.value().index).second);
    EXPECT_EQ(indices.size(), next);
    EXPECT_EQ(log.log().sequencer().head().checkpoint.head.size, next) << at;  // and nothing else
    log.close();
    ASSERT_TRUE(made.open()) << at;
    EXPECT_THAT(broken_promises(made.log(), promises), ::testing::IsEmpty()) << at;
    if (refused == 0) break;
  }
}

TEST_F(SequencerTest, TakesEntriesFromManyThreads) {
  ASSERT_TRUE(sample_.open());
  constexpr std::size_t kThreads = 4, kEach = 200;
  std::atomic<std::size_t> answers = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (const std::string& entry : sample_entries(t * kEach / 2, kEach))
        EXPECT_TRUE(
            sequencer().add(Bytes(entry.begin(), entry.end()), [&](const Result<Placed>& one) {
              EXPECT_TRUE(one);
              ++answers;
            }));
    });
  while (answers < kThreads * kEach) {
    sequencer().wait(SystemClock().monotonic() + std::chrono::milliseconds(10));
    ASSERT_TRUE(sample_.log().sequence());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sequencer().head().checkpoint.head.size, (kThreads + 1) * kEach / 2);
}

}  // namespace
}  // namespace tegula::logserver

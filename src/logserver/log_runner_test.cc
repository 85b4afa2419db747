#include "logserver/log_runner.h"

#include <latch>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logserver/sample_log.h"
#include "os/faulty_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

constexpr Pace kQuick{.round_gap = std::chrono::milliseconds(1),
                      .checkpoint_gap = std::chrono::milliseconds(1)};

Bytes bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

class LogRunnerTest : public ::testing::Test {
 protected:
  LogRunnerTest() { EXPECT_TRUE(sample_.create()); }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  const SystemClock clock_;
  SampleLog sample_{fs_, folder_ / "log"};
};

TEST_F(LogRunnerTest, SequencesAndPublishesWhatManyThreadsBring) {
  constexpr std::size_t kThreads = 4, kEach = 50;
  ASSERT_TRUE(sample_.open());
  Log& log = sample_.log();
  std::latch published(kThreads * kEach);
  {
    const LogRunner runner(log, clock_, kQuick,
                           [](const Error& error) { ADD_FAILURE() << error.text; });
    std::vector<std::thread> clients;
    for (std::size_t t = 0; t < kThreads; ++t)
      clients.emplace_back([&, t] {
        for (const std::string& entry : sample_entries(t * kEach, kEach))
          EXPECT_TRUE(log.sequencer().add(bytes(entry), [&](const Result<Placed>& placed) {
            ASSERT_TRUE(placed);
            log.publisher().when_published(placed->index + 1, [&](const auto& ready) {
              EXPECT_TRUE(ready);
              published.count_down();
            });
          }));
      });
    for (std::thread& client : clients) client.join();
    published.wait();
  }
  EXPECT_EQ(log.publisher().last()->checkpoint.head.size, kThreads * kEach);
}

TEST_F(LogRunnerTest, SaysWhatWentWrongAndGoesOn) {
  os::FaultyFileSystem full(fs_, {.at = 30});
  SampleLog log(full, folder_ / "log");
  ASSERT_TRUE(log.open());
  std::mutex mutex;
  std::vector<std::string> reports;
  std::size_t number = 0;
  const auto add = [&] {
    std::latch answered(1);
    bool taken = false;
    EXPECT_TRUE(log.log().sequencer().add(bytes(sample_entries(number++, 1)[0]),
                                          [&](const Result<Placed>& placed) {
                                            taken = placed.has_value();
                                            answered.count_down();
                                          }));
    answered.wait();
    return taken;
  };
  const auto reported = [&] {
    const std::lock_guard lock(mutex);
    return reports.size();
  };
  const LogRunner runner(log.log(), clock_, kQuick, [&](const Error& error) {
    const std::lock_guard lock(mutex);
    reports.push_back(error.text);
  });
  while (reported() == 0) add();
  EXPECT_TRUE(add());
}

}  // namespace
}  // namespace tegula::logserver

#include "sdk/watch.h"

#include <thread>

#include <gtest/gtest.h>

namespace tegula::sdk {
namespace {

struct Seen {
  std::vector<std::string> lines;
  int inside = 0;
};

tegula_watch watch_into(Seen& seen) {
  tegula_watch out = TEGULA_WATCH_INIT;
  out.user = &seen;
  out.progress = [](void* user, const char* step, std::uint64_t done, std::uint64_t total) {
    auto& own = *static_cast<Seen*>(user);
    EXPECT_EQ(++own.inside, 1);
    own.lines.push_back(fmt::format("{} {}/{}", step, done, total));
    --own.inside;
  };
  out.warning = [](void* user, const char* text) {
    static_cast<Seen*>(user)->lines.emplace_back(text);
  };
  return out;
}

TEST(Watch, SaysStepsAndHowFarTheyAre) {
  Seen seen;
  const tegula_watch given = watch_into(seen);
  const auto watch = Watch::of(&given).value();
  watch->begin("hashing", 10);
  watch->advance(4);
  watch->warn("careful");
  watch->advance(6);
  watch->end();
  watch->advance(1);
  EXPECT_EQ(seen.lines,
            (std::vector<std::string>{"hashing 0/10", "hashing 4/10", "careful", "hashing 10/10"}));
}

TEST(Watch, CallsOneAtATime) {
  Seen seen;
  const tegula_watch given = watch_into(seen);
  const auto watch = Watch::of(&given).value();
  watch->begin("hashing", 4000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) watch->advance(1);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.lines.size(), 4001U);
  EXPECT_EQ(seen.lines.back(), "hashing 4000/4000");
}

TEST(Watch, StopsWhatItWasGivenTo) {
  tegula_stop* stop = tegula_stop_new();
  tegula_watch given = TEGULA_WATCH_INIT;
  given.stop = stop;
  const auto watch = Watch::of(&given).value();
  EXPECT_TRUE(watch->stop().check());
  tegula_stop_cancel(stop);
  EXPECT_EQ(watch->stop().check().error().code, Code::Cancelled);
  tegula_stop_reset(stop);
  EXPECT_TRUE(watch->stop().check());
  tegula_stop_free(stop);
}

TEST(Watch, MayBeNothing) {
  const auto watch = Watch::of(nullptr).value();
  watch->begin("hashing", 1);
  watch->advance(1);
  watch->warn("nobody listens");
  EXPECT_TRUE(watch->stop().check());
  tegula_stop_cancel(nullptr);
  tegula_stop_reset(nullptr);
  tegula_stop_free(nullptr);
}

}  // namespace
}  // namespace tegula::sdk

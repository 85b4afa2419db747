// The parent's side, against an engine that misbehaves in every way we can think of.
#include "infer/engine_process.h"

#include <fstream>
#include <signal.h>
#include <sstream>
#include <stdlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/temporary_folder.h"

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const PieceSink kIgnore = [](const Piece&) -> Result<void> { return {}; };
const CompletionRequest kRequest{.prompt = "p"};

class FakeEngine : public ::testing::Test {
 protected:
  EngineHost host() {
    return {.program = ::getenv("TEGULA_FAKE_ENGINE"),
            .run_folder = folder_.path(),
            .log_file = folder_ / "log",
            .clock = &clock_,
            .random = &random_};
  }

  Result<std::unique_ptr<ProcessEngine>> start(const std::string& how, const Stop& stop = {}) {
    EngineSettings settings;
    settings.name = how;
    return ProcessEngine::start(settings, host(), stop);
  }

  Result<Answer> answer(const std::string& how) {
    std::unique_ptr<ProcessEngine> engine = TRY(start(how));
    return engine->complete(kRequest, kIgnore, Stop());
  }

  os::TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(FakeEngine, AnswersWhenItBehaves) {
  const Result<Answer> good = answer("good");
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->text, "hi");
  EXPECT_EQ(good->completion_tokens, 1U);
}

struct Misbehaviour {
  std::string how;
  Code code;
  std::string text;
};

TEST_F(FakeEngine, StartSaysWhatWentWrong) {
  for (const Misbehaviour& c : std::vector<Misbehaviour>{
           {"dies_at_start", Code::Unavailable, "ended with status 7:  [31mno such thing"},
           {"talks_garbage", Code::InvalidArgument, "the engine's message"},
           {"endless_message", Code::Exhausted, "too long"},
           {"fails", Code::Unsupported, "not today"},
           {"no_perimeter", Code::Untrusted, "no perimeter"},
           {"no_seccomp", Code::Unavailable, "\"seccomp\": for a test"}}) {
    const Result<std::unique_ptr<ProcessEngine>> engine = start(c.how);
    ASSERT_FALSE(engine) << c.how;
    EXPECT_EQ(engine.error().code, c.code) << c.how;
    EXPECT_THAT(engine.error().text, HasSubstr(c.text)) << c.how;
  }
}

TEST_F(FakeEngine, AnswerSaysWhatWentWrong) {
  for (const Misbehaviour& c : std::vector<Misbehaviour>{
           {"dies_in_answer", Code::Unavailable,
            "SIGABRT: fake engine, dies_in_answer first words GGML_ASSERT(x) failed"},
           {"not_http", Code::Corrupt, "not HTTP"},
           {"html", Code::Corrupt, "status 500"},
           {"garbage_event", Code::Corrupt, "not JSON"},
           {"ends_early", Code::Corrupt, "without saying so"},
           {"endless_line", Code::Exhausted, "longer than"}}) {
    const Result<Answer> got = answer(c.how);
    ASSERT_FALSE(got) << c.how;
    EXPECT_EQ(got.error().code, c.code) << c.how << ": " << got.error().text;
    EXPECT_THAT(got.error().text, HasSubstr(c.text)) << c.how;
  }
}

TEST_F(FakeEngine, StartCanBeStopped) {
  StopSource source;
  source.cancel();
  EXPECT_EQ(start("never_ready", source.stop()).error().code, Code::Cancelled);
}

TEST_F(FakeEngine, StartGivesUpAtTheDeadline) {
  const Stop stop = Stop().with_deadline(clock_, clock_.monotonic());
  EXPECT_EQ(start("never_ready", stop).error().code, Code::Unavailable);
}

TEST_F(FakeEngine, AStalledAnswerCanBeStopped) {
  const std::unique_ptr<ProcessEngine> engine = start("stalls").value();
  StopSource source;
  const Result<Answer> got = engine->complete(
      kRequest,
      [&](const Piece&) -> Result<void> {
        source.cancel();
        return {};
      },
      source.stop());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->stop_reason, StopReason::Cancelled);
  EXPECT_EQ(got->text, "hi");
  // It serves one connection at a time: it answers again only because the first was closed.
  EXPECT_FALSE(engine->complete(
      kRequest, [](const Piece&) { return fail(Code::Internal, "seen"); }, Stop()));
}

TEST_F(FakeEngine, ASinksErrorIsPassedOn) {
  const std::unique_ptr<ProcessEngine> engine = start("stalls").value();
  const Result<Answer> got = engine->complete(
      kRequest, [](const Piece&) { return fail(Code::DiskFull, "no room for it"); }, Stop());
  EXPECT_EQ(got.error().code, Code::DiskFull);
  EXPECT_EQ(got.error().text, "no room for it");
}

TEST_F(FakeEngine, SurvivesItsDeathBetweenRequests) {
  const std::unique_ptr<ProcessEngine> engine = start("good").value();
  ::kill(engine->process_id(), SIGKILL);
  const Result<Answer> got = engine->complete(kRequest, kIgnore, Stop());
  EXPECT_EQ(got.error().code, Code::Unavailable);
  EXPECT_THAT(got.error().text, HasSubstr("SIGKILL"));
  EXPECT_THAT(got.error().hint, HasSubstr((folder_ / "log").string()));
}

TEST_F(FakeEngine, LeavesItsLogAndNothingElse) {
  (void)answer("good");
  (void)answer("dies_in_answer");
  (void)start("dies_at_start");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::ElementsAre("log"));
  std::stringstream log;
  log << std::ifstream(folder_ / "log").rdbuf();
  EXPECT_THAT(log.str(), HasSubstr("fake engine, good"));
  EXPECT_THAT(log.str(), HasSubstr("GGML_ASSERT(x) failed")) << "all starts in one log";
}

TEST_F(FakeEngine, StartNamesAMissingProgram) {
  EngineHost without = host();
  without.program = "/nowhere/tegula-engine";
  const Result<std::unique_ptr<ProcessEngine>> engine = ProcessEngine::start({}, without, Stop());
  EXPECT_EQ(engine.error().code, Code::NotFound);
}

TEST_F(FakeEngine, StartNamesAMissingRunFolder) {
  EngineHost without = host();
  without.run_folder = "/nowhere/run";
  const Result<std::unique_ptr<ProcessEngine>> engine = ProcessEngine::start({}, without, Stop());
  EXPECT_EQ(engine.error().code, Code::NotFound);
  EXPECT_THAT(engine.error().text, HasSubstr("/nowhere/run"));
}

}  // namespace
}  // namespace tegula::infer

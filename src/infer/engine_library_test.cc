// The engine as a library, in this very process: what it answers, what it leaves alone, and that it
// goes when it is told to.
#include "infer/engine_library.h"

#include <clocale>
#include <fstream>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "infer/engine_messages.h"
#include "infer/protocol.h"
#include "infer/real_engine_test.h"
#include "infer/tiny_model.h"
#include "os/shared_library.h"

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Heard {
  Answer answer;
  std::vector<std::string> pieces;
};

Heard listen(Engine& engine, const ChatRequest& request) {
  Heard out;
  const Result<Answer> answer = engine.chat(
      request,
      [&](const Piece& piece) -> Result<void> {
        out.pieces.emplace_back(piece.text);
        return {};
      },
      Stop());
  EXPECT_TRUE(answer) << answer.error().text;
  if (answer) out.answer = *answer;
  return out;
}

std::size_t count(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t threads() { return count("/proc/self/task"); }

class LibraryEngineTest : public RealEngineTest {
 protected:
  void SetUp() override {
    RealEngineTest::SetUp();
    const char* const library = ::getenv("TEGULA_ENGINE_LIBRARY");
    ASSERT_NE(library, nullptr) << "ctest sets TEGULA_ENGINE_LIBRARY";
    library_ = library;
  }

  LibraryHost library_host() {
    return {
        .library = library_, .run_folder = folder_.path(), .clock = &clock_, .random = &random_};
  }

  Result<std::unique_ptr<Engine>> start(EngineSettings settings = {}, const Stop& stop = {}) {
    if (settings.model < 0) settings.model = model_.get();
    if (settings.threads == 0) settings.threads = 1;
    return start_library_engine(settings, library_host(), stop);
  }

  std::unique_ptr<Engine> started(EngineSettings settings = {}) {
    Result<std::unique_ptr<Engine>> engine = start(std::move(settings));
    EXPECT_TRUE(engine) << engine.error().text;
    return engine ? std::move(*engine) : nullptr;
  }

  // What the library shows, without a thread of its own.
  ServeFunction* serve() {
    return reinterpret_cast<ServeFunction*>(os::load_function(library_, kServeFunction).value());
  }

  std::filesystem::path library_;
  os::Descriptor model_ = anonymous(tiny_model_file());
};

TEST_F(LibraryEngineTest, SaysWhatAProcessSays) {
  EngineSettings settings{.model = model_.get(), .threads = 1};
  const auto process = ProcessEngine::start(settings, host(), Stop());
  ASSERT_TRUE(process) << process.error().text;
  const std::unique_ptr<Engine> library = started();
  ASSERT_TRUE(library);
  EXPECT_EQ(library->info().context, (*process)->info().context);
  EXPECT_EQ(library->info().parameters, (*process)->info().parameters);
  const Heard there = listen(**process, question("hello", 32));
  const Heard here = listen(*library, question("hello", 32));
  EXPECT_EQ(here.answer.text, there.answer.text);
  EXPECT_EQ(here.pieces, there.pieces);
  EXPECT_GT(here.pieces.size(), 4U);
  EXPECT_EQ(library->count_tokens(question("hello", 32), Stop()).value(),
            here.answer.prompt_tokens);
  const CompletionRequest request{.prompt = "abc",
                                  .sampling = {.seed = 1, .temperature = 0, .num_predict = 4}};
  EXPECT_EQ(library->complete(request, kIgnore, Stop())->text,
            (*process)->complete(request, kIgnore, Stop())->text);
}

TEST_F(LibraryEngineTest, SaysThatNothingEnclosesIt) {
  const std::unique_ptr<Engine> engine = started();
  ASSERT_EQ(engine->info().perimeter.size(), std::size(os::kAllBarriers));
  for (const os::BarrierState& state : engine->info().perimeter) {
    EXPECT_FALSE(state.enforced) << os::barrier_name(state.barrier);
    EXPECT_THAT(state.detail, HasSubstr("in process"));
  }
}

TEST_F(LibraryEngineTest, StopsWhenAskedAndLivesOn) {
  const std::unique_ptr<Engine> engine = started();
  StopSource source;
  const Result<Answer> answer = engine->chat(
      endless_question(),
      [&](const Piece&) -> Result<void> {
        source.cancel();
        return {};
      },
      source.stop());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->stop_reason, StopReason::Cancelled);
  EXPECT_LT(answer->completion_tokens, 900U);
  EXPECT_TRUE(engine->chat(question("again", 32), kIgnore, Stop()));
}

TEST_F(LibraryEngineTest, GoesInTheMiddleOfAnAnswerNobodyWaitsFor) {
  std::unique_ptr<Engine> engine = started();
  StopSource source;
  (void)engine->chat(
      endless_question(),
      [&](const Piece&) -> Result<void> {
        source.cancel();
        return {};
      },
      source.stop());
  engine.reset();
  EXPECT_EQ(count(folder_.path()), 0U);
}

TEST_F(LibraryEngineTest, StartsAgainAndLeavesNothing) {
  const std::string first = listen(*started(), question("hello", 32)).answer.text;
  const std::size_t before = threads();
  const std::size_t open = count("/proc/self/fd");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(listen(*started(), question("hello", 32)).answer.text, first);
  EXPECT_EQ(threads(), before);
  EXPECT_EQ(count("/proc/self/fd"), open);
  EXPECT_EQ(count(folder_.path()), 0U) << "an engine's folder goes with it";
}

TEST_F(LibraryEngineTest, IsAloneInItsProcess) {
  std::unique_ptr<Engine> engine = started();
  const Result<std::unique_ptr<Engine>> second = start();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::Unavailable);
  EXPECT_THAT(second.error().text, HasSubstr("another engine"));
  EXPECT_THAT(second.error().hint, Not(IsEmpty()));
  EXPECT_TRUE(engine->chat(question("hello", 32), kIgnore, Stop())) << "the first is unharmed";
  engine.reset();
  EXPECT_TRUE(start());
}

TEST_F(LibraryEngineTest, LeavesTheProgramAlone) {
  struct sigaction pipe_before = {};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &pipe_before), 0);
  ASSERT_EQ(pipe_before.sa_handler, SIG_DFL) << "or this proves nothing";
  ASSERT_NE(std::setlocale(LC_ALL, "C.UTF-8"), nullptr);
  const std::filesystem::path folder = std::filesystem::current_path();
  ::setenv("LLAMA_API_KEY", "secret", 1);  // llama.cpp's server would ask for it
  ::setenv("LLAMA_ARG_CTX_SIZE", "7", 1);
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  {
    const std::unique_ptr<Engine> engine = started();
    EXPECT_EQ(engine->info().context, 1024U);
    EXPECT_TRUE(engine->chat(question("hello", 32), kIgnore, Stop()));
    EXPECT_FALSE(engine->chat(question(std::string(2000, 'x'), 32), kIgnore, Stop()));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  ::unsetenv("LLAMA_API_KEY");
  ::unsetenv("LLAMA_ARG_CTX_SIZE");
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGABRT, SIGSEGV}) {
    struct sigaction after = {};
    ASSERT_EQ(::sigaction(number, nullptr, &after), 0);
    EXPECT_EQ(after.sa_handler, SIG_DFL) << number;
  }
  EXPECT_STREQ(std::setlocale(LC_ALL, nullptr), "C.UTF-8");
  EXPECT_EQ(std::filesystem::current_path(), folder);
  EXPECT_EQ(::getenv("KMP_BLOCKTIME"), nullptr) << "ggml sets it";
  std::setlocale(LC_ALL, "C");
}

// Nothing that it starts may take a signal that the program waits for.
TEST_F(LibraryEngineTest, TakesNoSignals) {
  const std::unique_ptr<Engine> engine = started();
  ASSERT_TRUE(engine->chat(question("hello", 32), kIgnore, Stop()));
  const std::string own = std::to_string(::gettid());
  std::size_t seen = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == own) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      const auto blocked = std::stoull(line.substr(7), nullptr, 16);
      for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1})
        EXPECT_NE(blocked & (1ULL << (number - 1)), 0U) << task.path() << " " << number;
      ++seen;
    }
  }
  EXPECT_GT(seen, 0U);
}

TEST_F(LibraryEngineTest, RefusesWhatIsNoModel) {
  const os::Descriptor text = os::create_anonymous_file("not a model").value();
  const auto engine = start({.model = text.get()});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Code::Unsupported);
  EXPECT_THAT(engine.error().text, HasSubstr("cannot load the model"));
  EXPECT_EQ(count(folder_.path()), 0U);
  EXPECT_TRUE(start());
}

// What a start that was stopped does to a model that is still loading.
TEST_F(LibraryEngineTest, EndsWhileItLoads) {
  Order order;
  order.settings.model = model_.get();
  order.settings.threads = 1;
  const os::Descriptor file = os::create_anonymous_file(encode(order).value()).value();
  const os::Descriptor folder = os::open_folder(folder_.path().string()).value();
  os::Pipe control = os::create_pipe().value();
  const os::Pipe end = os::create_pipe().value();
  ASSERT_TRUE(os::write_whole(end.write.get(), "x"));
  EXPECT_NE(serve()(file.get(), control.write.get(), folder.get(), end.read.get()), 0);
  control.write.close();
  EngineMessages messages(std::move(control.read));
  EXPECT_TRUE(std::holds_alternative<PerimeterMessage>(messages.next(Stop()).value().value()));
  EXPECT_TRUE(std::holds_alternative<FailedMessage>(messages.next(Stop()).value().value()));
  EXPECT_FALSE(messages.next(Stop()).value());
}

TEST_F(LibraryEngineTest, RefusesAnOrderForAPerimeter) {
  Order order;
  order.barriers = {os::Barrier::Seccomp};
  const os::Descriptor file = os::create_anonymous_file(encode(order).value()).value();
  os::Pipe control = os::create_pipe().value();
  EXPECT_NE(serve()(file.get(), control.write.get(), -1, -1), 0);
  EngineMessages messages(std::move(control.read));
  const Message message = messages.next(Stop()).value().value();
  ASSERT_TRUE(std::holds_alternative<FailedMessage>(message)) << "before anything is loaded";
  EXPECT_EQ(std::get<FailedMessage>(message).error.code, Code::Unsupported);
}

TEST_F(LibraryEngineTest, EndsThoughAForkedProcessHoldsItsPipes) {
  std::unique_ptr<Engine> engine = started();
  const os::Pipe pipe = os::create_pipe().value();
  const pid_t other = ::fork();
  if (other == 0) {
    char byte = 0;
    (void)os::read_some(pipe.read.get(), &byte, 1, Stop());
    ::_exit(0);
  }
  engine.reset();
  EXPECT_EQ(count(folder_.path()), 0U);
  ASSERT_TRUE(os::write_whole(pipe.write.get(), "x"));
  ASSERT_EQ(::waitpid(other, nullptr, 0), other);
}

TEST_F(LibraryEngineTest, MissesItsLibrary) {
  library_ = folder_ / "libtegula-engine.so";
  const auto engine = start();
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Code::Unsupported);
  EXPECT_THAT(engine.error().text, HasSubstr(library_.string()));
}

}  // namespace
}  // namespace tegula::infer

// The real engine with small models: what one process says to the other, end to end.
#include "infer/real_engine_test.h"

#include <fstream>
#include <signal.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "codec/json.h"
#include "infer/answer_reader.h"
#include "infer/tiny_model.h"
#include "net/http_client.h"
#include "os/process.h"
#include "os/unprivileged.h"

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RealEngine : public RealEngineTest {
 protected:
  std::unique_ptr<ProcessEngine> started(EngineSettings settings) {
    if (settings.model < 0) settings.model = model_.get();
    if (settings.threads == 0) settings.threads = 1;
    Result<std::unique_ptr<ProcessEngine>> engine = ProcessEngine::start(settings, host(), Stop());
    EXPECT_TRUE(engine) << engine.error().text;
    return engine ? std::move(*engine) : nullptr;
  }

  std::string log() const {
    std::stringstream text;
    text << std::ifstream(folder_ / ("log-" + std::to_string(::geteuid()))).rdbuf();
    return text.str();
  }

  os::Descriptor model_ = anonymous(tiny_model_file());
};

TEST_F(RealEngine, AnswersInsideThePerimeter) {
  const std::unique_ptr<ProcessEngine> engine = started({});
  EXPECT_EQ(engine->info().context, 1024U);
  EXPECT_EQ(engine->info().trained_context, 1024U);
  EXPECT_GT(engine->info().parameters, 10'000U);
  ASSERT_EQ(engine->info().perimeter.size(), std::size(os::kAllBarriers));
  for (const os::BarrierState& state : engine->info().perimeter)
    EXPECT_TRUE(state.enforced) << os::barrier_name(state.barrier) << ": " << state.detail;

  std::string streamed;
  const Answer answer = engine
                            ->chat(
                                question("hello"),
                                [&](const Piece& piece) -> Result<void> {
                                  streamed += piece.text;
                                  return {};
                                },
                                Stop())
                            .value();
  EXPECT_THAT(answer.text, Not(IsEmpty()));
  EXPECT_EQ(answer.text, streamed);
  EXPECT_EQ(answer.completion_tokens, 16U);
  EXPECT_EQ(answer.stop_reason, StopReason::Length);
  EXPECT_EQ(answer.prompt_tokens, std::string("user: hello\nassistant: ").size() + 1);
  EXPECT_GT(answer.ttft_ms, 0);
  EXPECT_GT(answer.tokens_per_second, 0);
  EXPECT_EQ(engine->count_tokens(question("hello"), Stop()).value(), answer.prompt_tokens);
}

TEST_F(RealEngine, AnswersAsAnOrdinaryUser) {
  os::run_unprivileged([&] {
    const std::unique_ptr<ProcessEngine> engine = started({});
    ASSERT_TRUE(engine);
    EXPECT_TRUE(engine->chat(question("hello"), kIgnore, Stop()));
  });
}

TEST_F(RealEngine, RepeatsItselfForASeed) {
  ChatRequest request = question("tell me more", 32);
  request.sampling.reuse_cache = false;
  const std::unique_ptr<ProcessEngine> engine = started({});
  const std::string first = engine->chat(request, kIgnore, Stop())->text;
  EXPECT_EQ(engine->chat(request, kIgnore, Stop())->text, first) << "the same engine";
  EXPECT_EQ(started({})->chat(request, kIgnore, Stop())->text, first) << "another engine";
}

TEST_F(RealEngine, CompletesATextWithoutATemplate) {
  const CompletionRequest request{.prompt = "abc",
                                  .sampling = {.seed = 1, .temperature = 0, .num_predict = 4}};
  const Answer answer = started({})->complete(request, kIgnore, Stop()).value();
  EXPECT_EQ(answer.prompt_tokens, 4U);
  EXPECT_EQ(answer.completion_tokens, 4U);
  EXPECT_EQ(answer.stop_reason, StopReason::Length);
}

TEST_F(RealEngine, UsesTheGivenTemplate) {
  const std::unique_ptr<ProcessEngine> engine =
      started({.chat_template = "{{ messages[0].content }}"});
  EXPECT_EQ(engine->chat(question("abc"), kIgnore, Stop())->prompt_tokens, 4U);
}

TEST_F(RealEngine, RefusesATemplateItCannotUse) {
  const Result<std::unique_ptr<ProcessEngine>> engine =
      ProcessEngine::start({.model = model_.get(), .chat_template = "{% for %}"}, host(), Stop());
  EXPECT_EQ(engine.error().code, Code::InvalidArgument);
  EXPECT_THAT(engine.error().text, HasSubstr("template"));
}

// What the server answers to a body of ours, all at once.
codec::Json whole_reply(const ProcessEngine& engine, const CompletionRequest& request) {
  codec::Json body = codec::parse_json(request_body(request, 1024).value()).value();
  body["stream"] = false;
  os::Descriptor socket = net::connect_unix(engine.socket_path().string()).value();
  const Result<net::Reply> reply = net::exchange(
      std::move(socket), {.method = "POST", .target = "/completion", .body = body.dump()});
  EXPECT_TRUE(reply) << reply.error().text;
  const Result<codec::Json> parsed = codec::parse_json(reply ? reply->body : "null");
  EXPECT_TRUE(parsed) << parsed.error().text << ": " << reply->body;
  return parsed.value_or(codec::Json());
}

TEST_F(RealEngine, SamplesAsItIsTold) {
  const CompletionRequest request{.prompt = "abc",
                                  .sampling = {.seed = 7,
                                               .temperature = 0.5F,
                                               .top_k = 3,
                                               .top_p = 0.25F,
                                               .min_p = 0.125F,
                                               .typical_p = 0.75F,
                                               .repeat_penalty = 1.5F,
                                               .repeat_last_n = 8,
                                               .presence_penalty = 0.5F,
                                               .frequency_penalty = -0.5F,
                                               .num_predict = 2,
                                               .stop = {"END"}}};
  const codec::Json used = whole_reply(*started({}), request)["generation_settings"];
  const std::pair<const char*, codec::Json> wants[] = {{"seed", 7},
                                                       {"temperature", 0.5},
                                                       {"top_k", 3},
                                                       {"top_p", 0.25},
                                                       {"min_p", 0.125},
                                                       {"typical_p", 0.75},
                                                       {"repeat_penalty", 1.5},
                                                       {"repeat_last_n", 8},
                                                       {"presence_penalty", 0.5},
                                                       {"frequency_penalty", -0.5},
                                                       {"n_predict", 2},
                                                       {"stop", codec::Json::array({"END"})}};
  for (const auto& [name, want] : wants) EXPECT_EQ(used[name], want) << name;
}

TEST_F(RealEngine, MapsTheModelOrReadsIt) {
  EngineHost visible = host();
  std::erase(visible.barriers, os::Barrier::Undumpable);  // or its mappings cannot be seen
  const auto is_mapped = [&](bool map_model) {
    const std::unique_ptr<ProcessEngine> engine =
        ProcessEngine::start({.model = model_.get(), .threads = 1, .map_model = map_model}, visible,
                             Stop())
            .value();
    EXPECT_TRUE(engine->chat(question("hello"), kIgnore, Stop()));
    std::stringstream maps;
    maps << std::ifstream(fmt::format("/proc/{}/maps", engine->process_id())).rdbuf();
    EXPECT_THAT(maps.str(), HasSubstr("tegula-engine"));
    return maps.str().find("/memfd:") != std::string::npos;
  };
  EXPECT_TRUE(is_mapped(true));
  EXPECT_FALSE(is_mapped(false));
}

TEST_F(RealEngine, AsksTheDraftModelForAsManyTokensAsItMay) {
  const os::Descriptor draft = anonymous(tiny_model_file());
  const CompletionRequest request{.prompt = "abc",
                                  .sampling = {.seed = 1, .temperature = 0, .num_predict = 32}};
  const auto answer = [&](std::uint32_t draft_tokens) {
    return whole_reply(*started({.draft_model = draft.get(), .draft_tokens = draft_tokens}),
                       request);
  };
  const codec::Json few = answer(1);
  const codec::Json many = answer(8);
  EXPECT_GT(few["timings"]["draft_n"], 0);
  EXPECT_GT(many["timings"]["draft_n"], few["timings"]["draft_n"]);
  EXPECT_FALSE(answer(0)["timings"].contains("draft_n"));
  EXPECT_EQ(many["content"], whole_reply(*started({}), request)["content"])
      << "a draft changes the speed and nothing else";
}

TEST_F(RealEngine, SaysThatItHasNoAccelerator) {
  const std::unique_ptr<ProcessEngine> engine = started({.gpu_layers = 99, .main_gpu = 1});
  EXPECT_FALSE(engine->info().accelerator);
}

TEST_F(RealEngine, LoadsSeveralAdaptersWithScales) {
  const os::Descriptor one = anonymous(tiny_adapter_file({}, 2));
  const os::Descriptor two = anonymous(tiny_adapter_file({}, 3));
  const auto says = [&](std::vector<AdapterFile> adapters) {
    return started({.adapters = std::move(adapters)})
        ->chat(question("hello", 24), kIgnore, Stop())
        ->text;
  };
  const std::string plain = says({});
  const std::string with_one = says({{one.get(), 1.0F}});
  const std::string with_both = says({{one.get(), 1.0F}, {two.get(), 0.5F}});
  EXPECT_NE(with_one, plain);
  EXPECT_NE(with_both, plain);
  EXPECT_NE(with_both, with_one);
  EXPECT_EQ(says({{one.get(), 0.0F}, {two.get(), 0.0F}}), plain) << "scale 0 is no adapter";
}

TEST_F(RealEngine, RefusesAPromptThatDoesNotFit) {
  const std::unique_ptr<ProcessEngine> engine = started({.context = 256});
  EXPECT_EQ(engine->info().context, 256U);
  const Result<Answer> answer = engine->chat(question(std::string(300, 'x')), kIgnore, Stop());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::Exhausted);
  EXPECT_THAT(answer.error().text, HasSubstr("it has 319 tokens, and the context holds 256"));
  EXPECT_TRUE(engine->chat(question("short"), kIgnore, Stop())) << "the engine lives on";
}

TEST_F(RealEngine, StopsAtTheEndOfTheContext) {
  const std::unique_ptr<ProcessEngine> engine = started({.context = 256});
  const Answer answer = engine->chat(endless_question(), kIgnore, Stop()).value();
  EXPECT_NEAR(answer.prompt_tokens + answer.completion_tokens, 256, 1);
  EXPECT_EQ(answer.stop_reason, StopReason::Length);
}

TEST_F(RealEngine, StopsWhenAskedAndLivesOn) {
  const std::unique_ptr<ProcessEngine> engine = started({});
  StopSource source;
  const Answer answer = engine
                            ->chat(
                                endless_question(),
                                [&](const Piece&) -> Result<void> {
                                  source.cancel();
                                  return {};
                                },
                                source.stop())
                            .value();
  EXPECT_EQ(answer.stop_reason, StopReason::Cancelled);
  EXPECT_LT(answer.completion_tokens, 900U);
  // One slot: this one is answered only once the other has really stopped.
  EXPECT_TRUE(engine->chat(question("again"), kIgnore, Stop()));
}

TEST_F(RealEngine, FollowsAGrammarAndASchema) {
  const std::unique_ptr<ProcessEngine> engine = started({});
  ChatRequest request = question("yes or no?");
  request.sampling.grammar = "root ::= \"yes\" | \"no\"";
  EXPECT_THAT(engine->chat(request, kIgnore, Stop()).value().text, ::testing::AnyOf("yes", "no"));

  request.sampling.grammar.clear();
  request.sampling.json_schema = R"({"enum": ["left", "right"]})";
  EXPECT_THAT(engine->chat(request, kIgnore, Stop()).value().text,
              ::testing::AnyOf("\"left\"", "\"right\""));

  request.sampling.grammar = "root ::= \"a\"";
  EXPECT_EQ(engine->chat(request, kIgnore, Stop()).error().code, Code::InvalidArgument) << "both";
  request.sampling.json_schema.clear();
  request.sampling.grammar = "root ::= (";
  EXPECT_EQ(engine->chat(request, kIgnore, Stop()).error().code, Code::InvalidArgument);
}

TEST_F(RealEngine, AnswersSideBySide) {
  const std::unique_ptr<ProcessEngine> engine = started({.context = 256, .parallel = 2});
  EXPECT_EQ(engine->info().context, 256U) << "each request has the whole of it";
  Result<Answer> other = fail(Code::Internal, "not run");
  std::thread thread([&] { other = engine->chat(question("one", 32), kIgnore, Stop()); });
  EXPECT_TRUE(engine->chat(question("two", 32), kIgnore, Stop()));
  thread.join();
  EXPECT_TRUE(other);
}

TEST_F(RealEngine, WritesNoPromptToItsLog) {
  {
    const std::unique_ptr<ProcessEngine> engine = started({.context = 256});
    const std::string secret = "xyzzy-planted-secret";
    EXPECT_TRUE(engine->chat(question(secret), kIgnore, Stop()));
    EXPECT_TRUE(engine->chat(question(secret + " again"), kIgnore, Stop()));
    EXPECT_FALSE(engine->chat(question(secret + std::string(300, 'x')), kIgnore, Stop()));
    ChatRequest bad = question(secret);
    bad.tools = R"([{"type": "xyzzy-planted-secret"}])";
    (void)engine->chat(bad, kIgnore, Stop());
  }
  EXPECT_THAT(log(), HasSubstr("loading model"));
  EXPECT_THAT(log(), Not(HasSubstr("planted-secret")));
}

TEST_F(RealEngine, OffersNoRouteBeyondWhatIsUsed) {
  const std::unique_ptr<ProcessEngine> engine = started({});
  const auto status = [&](std::string method, std::string target) {
    os::Descriptor socket = net::connect_unix(engine->socket_path().string()).value();
    return net::exchange(std::move(socket),
                         {.method = std::move(method), .target = std::move(target), .body = "{}"})
        ->status;
  };
  EXPECT_EQ(status("GET", "/health"), 200);
  for (const char* target : {"/", "/slots", "/props", "/metrics", "/models", "/lora-adapters",
                             "/cors-proxy", "/tools", "/v1/stream"})
    EXPECT_EQ(status("GET", target), 404) << target;
  for (const char* target : {"/slots/0", "/props", "/lora-adapters", "/models/load", "/infill"})
    EXPECT_EQ(status("POST", target), 404) << target;
}

TEST_F(RealEngine, HasAFolderNobodyElseMayEnter) {
  std::filesystem::path folder;
  {
    const std::unique_ptr<ProcessEngine> engine = started({});
    folder = engine->socket_path().parent_path();
    struct stat state = {};
    ASSERT_EQ(::stat(folder.c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0700U);
  }
  EXPECT_FALSE(std::filesystem::exists(folder)) << "removed with the engine";
}

TEST_F(RealEngine, RefusesWhatIsNoModel) {
  const os::Descriptor text = os::create_anonymous_file("not a model").value();
  const Result<std::unique_ptr<ProcessEngine>> engine =
      ProcessEngine::start({.model = text.get()}, host(), Stop());
  EXPECT_EQ(engine.error().code, Code::Unsupported);
  EXPECT_THAT(engine.error().text, HasSubstr("cannot load the model"));
}

TEST_F(RealEngine, RefusesToNeedMoreMemoryThanAllowed) {
  const Result<std::unique_ptr<ProcessEngine>> engine =
      ProcessEngine::start({.model = model_.get(), .memory_bytes_max = 8U << 20U}, host(), Stop());
  EXPECT_FALSE(engine);
}

TEST_F(RealEngine, RefusesWhenARequiredBarrierIsMissing) {
  EngineHost without = host();
  std::erase(without.barriers, os::Barrier::Seccomp);
  const Result<std::unique_ptr<ProcessEngine>> engine =
      ProcessEngine::start({.model = model_.get()}, without, Stop());
  EXPECT_EQ(engine.error().code, Code::Unavailable);
  EXPECT_THAT(engine.error().text, HasSubstr("\"seccomp\""));
}

TEST_F(RealEngine, TellsHowItDied) {
  const std::unique_ptr<ProcessEngine> engine = started({});
  const Result<Answer> answer = engine->chat(
      endless_question(),
      [&](const Piece&) -> Result<void> {
        ::kill(engine->process_id(), SIGKILL);
        return {};
      },
      Stop());
  EXPECT_EQ(answer.error().code, Code::Unavailable);
  EXPECT_THAT(answer.error().text, HasSubstr("SIGKILL"));
  EXPECT_EQ(engine->chat(question("again"), kIgnore, Stop()).error().code, Code::Unavailable);
}

// A process nobody has reaped yet is dead all the same.
bool is_alive(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string id, name, state;
  return (stat >> id >> name >> state) && state != "Z" && state != "X";
}

// The engine's process as seen through its parent's eyes: gone once nobody holds the pipe's end.
void expect_death_with_parent(const std::function<std::unique_ptr<ProcessEngine>()>& start) {
  os::Pipe pipe = os::create_pipe().value();
  const pid_t parent = ::fork();
  if (parent == 0) {
    const std::unique_ptr<ProcessEngine> engine = start();
    const std::string id = std::to_string(engine ? engine->process_id() : 0);
    (void)os::write_whole(pipe.write.get(), id);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(parent, &status, 0), parent);
  char text[16] = {};
  ASSERT_TRUE(os::read_some(pipe.read.get(), text, sizeof text - 1, Stop()));
  const pid_t engine = std::stoi(text);
  ASSERT_GT(engine, 0);
  while (is_alive(engine)) std::this_thread::yield();
}

TEST_F(RealEngine, DiesWithItsParent) {
  expect_death_with_parent([&] { return started({}); });
  os::run_unprivileged([&] { expect_death_with_parent([&] { return started({}); }); });
}

TEST_F(RealEngine, OutlivesTheThreadThatStartedIt) {
  std::unique_ptr<ProcessEngine> engine;
  std::thread([&] { engine = started({}); }).join();
  EXPECT_TRUE(engine->chat(question("hello"), kIgnore, Stop()));
}

TEST_F(RealEngine, IsNotStartedByHand) {
  os::Pipe pipe = os::create_pipe().value();
  const os::ProcessSpec spec{.program = program_,
                             .descriptors = {-1, pipe.write.get(), pipe.write.get()}};
  os::Process process = os::Process::spawn(spec).value();
  EXPECT_EQ(process.wait()->code, 2);
}

}  // namespace
}  // namespace tegula::infer

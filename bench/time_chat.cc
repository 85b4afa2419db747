// tegula-time-chat: one warm engine and one warm llama-server, asked the same question in turns.
//
//   tegula-time-chat STORE MODEL ENGINE SERVER ROUNDS TOKENS THREADS
//
// The engine is started as `tegula run` starts it and asked through the same Conversation; the
// server gets the words that the engine configures itself with, the same model file, and byte for
// byte the same request over a Unix socket, from the barest client that can tell one token from the
// next. SERVER may be "-": no peer. Both keep the prompt's cache, so the first token costs one
// evaluation, and the round before the first is not counted. One JSON object on stdout.
#include <fcntl.h>
#include <iostream>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "codec/json.h"
#include "content/store.h"
#include "engine/arguments.h"
#include "infer/answer_reader.h"
#include "infer/protocol.h"
#include "launch/conversation.h"
#include "launch/start.h"
#include "net/http_client.h"
#include "os/memory.h"
#include "os/process.h"
#include "tool.h"

namespace tegula::bench {
namespace {

using codec::Json;

constexpr std::string_view kQuestion = "Tell me about the sea, and take your time.";
constexpr std::int64_t kContext = 1024;
constexpr std::chrono::minutes kServerStartMax{5};

double milliseconds(MonotonicTime from, MonotonicTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

struct Sample {
  double first_ms = 0;  // from the call to the first text
  double rest_ms = 0;   // from there to the last
  std::uint32_t pieces = 0;
  std::string text;
};

class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), start_(clock.monotonic()) {}

  void note() {
    last_ = clock_.monotonic();
    if (pieces_++ == 0) first_ = last_;
  }

  Sample sample(std::string text) const {
    return {milliseconds(start_, first_), milliseconds(first_, last_), pieces_, std::move(text)};
  }

 private:
  const Clock& clock_;
  MonotonicTime start_, first_{}, last_{};
  std::uint32_t pieces_ = 0;
};

// --- the launcher ---

launch::Parameters parameters(std::int64_t tokens, std::int64_t threads) {
  return {{"temperature", std::int64_t{0}},
          {"seed", std::int64_t{1}},
          {"num_predict", tokens},
          {"num_thread", threads},
          {"num_ctx", kContext}};
}

Result<Sample> ask_engine(launch::Conversation& chat, const Clock& clock) {
  chat.clear();
  Stopwatch watch(clock);
  const infer::PieceSink sink = [&](const infer::Piece& piece) -> Result<void> {
    if (!piece.text.empty()) watch.note();
    return {};
  };
  infer::Answer answer = TRY(chat.ask(std::string(kQuestion), sink, Stop()));
  return watch.sample(std::move(answer.text));
}

// --- the peer ---

// What Conversation sends for the same question.
Result<std::string> request_text(const launch::Parameters& parameters) {
  infer::ChatRequest request;
  request.sampling = TRY(launch::sampling_of(parameters));
  request.messages.push_back(
      {.role = "user", .content = std::string(kQuestion), .tool_calls = {}, .tool_call_id = {}});
  const std::string body = TRY(infer::request_body(request, kContext));
  return fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
}

Result<os::Process> spawn_server(const std::string& program, infer::EngineSettings settings,
                                 const os::Descriptor& log) {
  const int model = settings.model;
  settings.model = 3;
  ::unlink(std::string(infer::kSocketName).c_str());  // of a run before
  return os::Process::spawn(
      {.program = program,
       .arguments = engine::server_arguments(settings, std::string(infer::kSocketName)),
       .environment = {"LC_ALL=C.UTF-8"},
       .descriptors = {-1, log.get(), log.get(), model}});
}

Result<void> wait_for_server(os::Process& server, const Clock& clock) {
  const std::string socket(infer::kSocketName);
  const MonotonicTime until = clock.monotonic() + kServerStartMax;
  while (clock.monotonic() < until && !server.ended()) {
    if (Result<os::Descriptor> open = net::connect_unix(socket)) {
      const auto reply = net::exchange(std::move(*open), {.target = "/health"});
      if (reply && reply->status == 200) return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(Code::Unavailable, "llama-server does not start", "its log is server.log");
}

bool has_text(std::string_view line) {
  constexpr std::string_view kMember = "\"content\":\"";
  const std::size_t at = line.find(kMember);
  return line.starts_with("data: {") && at != std::string_view::npos &&
         line.substr(at + kMember.size(), 1) != "\"";
}

// All of the answer's text, after the clock was stopped.
Result<std::string> text_of(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& event : events) {
    const Json json = TRY(codec::parse_json(std::string_view(event).substr(6)));
    out += json["choices"][0]["delta"]["content"].get<std::string>();
  }
  return out;
}

Result<Sample> ask_server(const std::string& request, const Clock& clock) {
  std::vector<std::string> events;
  std::string unread;
  char buffer[16 * 1024];
  Stopwatch watch(clock);
  const os::Descriptor socket = TRY(net::connect_unix(std::string(infer::kSocketName)));
  TRY(os::write_whole(socket.get(), request));
  for (ssize_t got; (got = ::read(socket.get(), buffer, sizeof buffer)) > 0;) {
    unread.append(buffer, static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t end; (end = unread.find('\n', start)) != std::string::npos; start = end + 1) {
      const std::string_view line = std::string_view(unread).substr(start, end - start);
      if (!has_text(line)) continue;
      watch.note();
      events.emplace_back(line);
    }
    unread.erase(0, start);
  }
  return watch.sample(TRY(text_of(events)));
}

// --- both ---

struct Options {
  os::Path store;
  std::string model;
  std::string engine;
  std::string server;
  int rounds = 0;
  std::int64_t tokens = 0;
  std::int64_t threads = 0;
};

Json json_of(const std::vector<Sample>& samples) {
  Json out = Json::array();
  for (const Sample& sample : samples)
    out.push_back(
        {{"first_ms", sample.first_ms}, {"rest_ms", sample.rest_ms}, {"pieces", sample.pieces}});
  return out;
}

// A round of warming up, then the counted ones, each side first in every other.
Result<Json> compare(launch::Conversation& chat, const std::string& request, const Options& options,
                     const Clock& clock) {
  const bool has_peer = options.server != "-";
  std::vector<Sample> engine, server;
  bool same_text = has_peer;
  for (int round = 0; round <= options.rounds; ++round) {
    std::optional<Sample> peer;
    if (has_peer && round % 2 == 0) peer = TRY(ask_server(request, clock), "llama-server");
    const Sample ours = TRY(ask_engine(chat, clock), "tegula");
    if (has_peer && round % 2 == 1) peer = TRY(ask_server(request, clock), "llama-server");
    if (peer) same_text = same_text && peer->text == ours.text;
    if (round == 0) continue;
    engine.push_back(ours);
    if (peer) server.push_back(*peer);
  }
  return Json{{"same_text", same_text}, {"tegula", json_of(engine)}, {"server", json_of(server)}};
}

Result<Json> run(const Options& options) {
  os::PosixFileSystem fs;
  const SystemClock clock;
  SystemRandom random;
  NoProgress progress;
  content::Store store = TRY(content::Store::open(fs, clock, random, options.store));
  const launch::VerifiedModel model = TRY(
      launch::verify_model(store, TRY(content::Reference::parse(options.model)), progress, Stop()));
  const launch::Parameters wanted = parameters(options.tokens, options.threads);
  launch::Machine machine;
  machine.memory_bytes = TRY(os::memory_state()).available_bytes;
  const launch::Plan plan = TRY(launch::plan(model, wanted, machine));
  infer::EngineHost host;
  host.program = options.engine;
  host.run_folder = std::filesystem::current_path();
  host.clock = &clock;
  host.random = &random;
  const std::unique_ptr<infer::Engine> engine = TRY(launch::start(plan, host, Stop()));

  std::optional<os::Process> server;
  if (options.server != "-") {
    const os::Descriptor log(::open("server.log", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
    server.emplace(TRY(spawn_server(options.server, plan.settings, log)));
    TRY(wait_for_server(*server, clock));
  }
  content::RuntimeSettings settings = model.settings;
  settings.parameters = wanted;
  launch::Conversation chat(*engine, settings);
  Json out = TRY(compare(chat, TRY(request_text(wanted)), options, clock));
  out["start_ms"] = engine->info().start_ms;
  out["load_ms"] = engine->info().load_ms;
  return out;
}

Result<Options> parse(std::span<char*> words) {
  if (words.size() != 7)
    return fail(Code::InvalidArgument, "expected STORE MODEL ENGINE SERVER ROUNDS TOKENS THREADS");
  Options out{
      words[0],           words[1], words[2], words[3], std::atoi(words[4]), std::atoi(words[5]),
      std::atoi(words[6])};
  if (out.rounds < 1 || out.tokens < 2 || out.threads < 1)
    return fail(Code::InvalidArgument, "expected a round, two tokens and a thread at least");
  return out;
}

Result<void> print_comparison(std::span<char*> words) {
  const Options options = TRY(parse(words));
  const Json out = TRY(run(options));
  std::cout << out.dump() << "\n";
  return {};
}

}  // namespace
}  // namespace tegula::bench

int main(int argc, char** argv) {
  return tegula::bench::run_tool("tegula-time-chat", argc, argv, tegula::bench::print_comparison);
}

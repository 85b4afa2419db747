// Models that answer, for the C interface.
#include <vector>

#include "attest/trusted_root.h"
#include "base/limits.h"
#include "build/parameter.h"
#include "launch/conversation.h"
#include "launch/sampling.h"
#include "launch/trust.h"
#include "sdk/home.h"

namespace tegula::sdk {
namespace {

constexpr std::uint32_t kEngineFlags = TEGULA_ENGINE_IN_PROCESS;

// A running engine and what it runs, until the last chat is gone.
struct Running {
  std::shared_ptr<Home> home;
  launch::VerifiedModel model;
  std::unique_ptr<infer::Engine> engine;
};

}  // namespace
}  // namespace tegula::sdk

struct tegula_engine {
  std::shared_ptr<tegula::sdk::Running> running;
  tegula::sdk::Texts texts;
  const char* model = "";
  std::vector<tegula_barrier> barriers;
};

struct tegula_chat {
  std::shared_ptr<tegula::sdk::Running> running;
  tegula::launch::Conversation conversation;
};

namespace tegula::sdk {
namespace {

Result<attest::TrustedRoot> trusted_root(Home& home) {
  const os::Path path = home.folders().config_file.parent_path() / "trusted_root.json";
  if (!TRY(os::exists(home.files(), path))) return attest::TrustedRoot();
  const std::string text = TRY(os::read_file(home.files(), path, limits::kTrustedRootBytesMax));
  return TRY(attest::parse_trusted_root(text), path.string());
}

// As policy.toml asks of models of this name.
Result<void> check_trust(const launch::VerifiedModel& model, Home& home, Watch& watch) {
  const os::Path path = home.folders().config_file.parent_path() / "policy.toml";
  launch::TrustBasis basis;
  basis.policy = TRY(config::TrustPolicy::load(home.files(), path));
  const config::PolicyRule* rule = basis.policy.rule_for(launch::spellings_of(model.reference));
  if (rule == nullptr || rule->mode == config::TrustMode::Off) return {};
  basis.root = TRY(trusted_root(home));
  const launch::Trust trust = TRY(launch::judge_stored(model.reference, model.digest, home.store(),
                                                       basis, watch, watch.stop()));
  if (trust.verdict.holds) return {};
  const std::string text =
      fmt::format("model \"{}\": {}", model.reference.str(), trust.verdict.why);
  if (trust.forbids()) return fail(Code::Untrusted, text, "policy.toml says who must sign it");
  watch.warn(text);
  return {};
}

Result<std::unique_ptr<infer::Engine>> start_where_asked(const launch::Plan& plan, Home& home,
                                                         bool in_process, const Stop& stop) {
  if (in_process) return launch::start(plan, TRY(home.library_host()), stop);
  return launch::start(plan, TRY(home.engine_host()), stop);
}

Result<std::unique_ptr<tegula_engine>> start(std::shared_ptr<Home> home, const char* name,
                                             const tegula_engine_options& options, Watch& watch) {
  if ((options.flags & ~kEngineFlags) != 0)
    return fail(Code::Unsupported, "tegula_engine_options: an unknown flag");
  const content::Reference reference = TRY(content::Reference::parse(name));
  launch::VerifiedModel model =
      TRY(launch::verify_model(home->store(), reference, watch, watch.stop()));
  TRY(check_trust(model, *home, watch));
  if (options.context > 0)
    model.settings.parameters["num_ctx"] = static_cast<std::int64_t>(options.context);
  const launch::Plan plan =
      TRY(launch::plan(model, model.settings.parameters, TRY(home->machine())));
  watch.begin(fmt::format("loading {}", reference.str()), 0);
  const bool in_process = (options.flags & TEGULA_ENGINE_IN_PROCESS) != 0;
  auto engine = start_where_asked(plan, *home, in_process, watch.stop());
  watch.end();
  auto out = std::make_unique<tegula_engine>();
  out->running =
      std::make_shared<Running>(std::move(home), std::move(model), TRY(std::move(engine)));
  out->model = out->texts.keep(out->running->model.digest.str());
  for (const os::BarrierState& state : out->running->engine->info().perimeter)
    out->barriers.push_back({out->texts.keep(std::string(os::barrier_name(state.barrier))),
                             state.enforced ? 1 : 0, out->texts.keep(state.detail)});
  return out;
}

Result<void> set_parameter(tegula_chat& chat, const std::string& name, const char* value) {
  const content::Parameter parsed = TRY(build::parse_parameter(name, value));
  if (launch::is_load_parameter(name))
    return fail(Code::InvalidArgument, fmt::format("\"{}\" cannot change while running", name));
  return chat.conversation.set_parameter(name, parsed);
}

// The strings that the caller sees are the answer's own.
struct OwnedAnswer : tegula_answer {
  infer::Answer value;
};

std::unique_ptr<OwnedAnswer> answer_of(infer::Answer value) {
  auto out = std::make_unique<OwnedAnswer>();
  out->value = std::move(value);
  static_cast<tegula_answer&>(*out) = {
      .text = out->value.text.c_str(),
      .thinking = out->value.thinking.c_str(),
      .prompt_tokens = out->value.prompt_tokens,
      .completion_tokens = out->value.completion_tokens,
      .ttft_ms = out->value.ttft_ms,
      .tokens_per_second = out->value.tokens_per_second,
      .stop_reason = infer::stop_reason_name(out->value.stop_reason).data(),  // a literal
  };
  return out;
}

Result<infer::Answer> ask(tegula_chat& chat, const char* prompt, const tegula_ask& how) {
  const infer::PieceSink sink = [&](const infer::Piece& piece) -> Result<void> {
    if (how.piece != nullptr)
      how.piece(how.user, piece.text.data(), piece.text.size(), piece.thinking ? 1 : 0);
    return {};
  };
  return chat.conversation.ask(prompt, sink, stop_of(how.stop));
}

}  // namespace
}  // namespace tegula::sdk

using namespace tegula;

tegula_error* tegula_engine_start(tegula_home* home, const char* name,
                                  const tegula_engine_options* options, const tegula_watch* watch,
                                  tegula_engine** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_engine>> {
    TRY(sdk::check_given(home, "home"));
    TRY(sdk::check_given(name, "name"));
    const auto read = TRY(sdk::read_struct(options, "tegula_engine_options"));
    const std::unique_ptr<sdk::Watch> seen = TRY(sdk::Watch::of(watch));
    return sdk::start(home->value, name, read, *seen);
  });
}

const char* tegula_engine_model(const tegula_engine* engine) {
  return engine == nullptr ? "" : engine->model;
}

uint32_t tegula_engine_context(const tegula_engine* engine) {
  return engine == nullptr ? 0 : engine->running->engine->info().context;
}

size_t tegula_engine_barrier_count(const tegula_engine* engine) {
  return engine == nullptr ? 0 : engine->barriers.size();
}

const tegula_barrier* tegula_engine_barrier(const tegula_engine* engine, size_t index) {
  return index < tegula_engine_barrier_count(engine) ? &engine->barriers[index] : nullptr;
}

void tegula_engine_free(tegula_engine* engine) { delete engine; }

tegula_error* tegula_chat_new(tegula_engine* engine, tegula_chat** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_chat>> {
    TRY(sdk::check_given(engine, "engine"));
    const std::shared_ptr<sdk::Running>& running = engine->running;
    return std::unique_ptr<tegula_chat>(
        new tegula_chat{running, launch::Conversation(*running->engine, running->model.settings)});
  });
}

tegula_error* tegula_chat_set_system(tegula_chat* chat, const char* text) {
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(chat, "chat"));
    TRY(sdk::check_given(text, "text"));
    chat->conversation.set_system(text);
    return {};
  });
}

tegula_error* tegula_chat_set_parameter(tegula_chat* chat, const char* name, const char* value) {
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(chat, "chat"));
    TRY(sdk::check_given(name, "name"));
    TRY(sdk::check_given(value, "value"));
    return sdk::set_parameter(*chat, name, value);
  });
}

tegula_error* tegula_chat_clear(tegula_chat* chat) {
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(chat, "chat"));
    chat->conversation.clear();
    return {};
  });
}

void tegula_chat_free(tegula_chat* chat) { delete chat; }

tegula_error* tegula_chat_ask(tegula_chat* chat, const char* prompt, const tegula_ask* ask,
                              tegula_answer** out) {
  if (out != nullptr) *out = nullptr;
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(chat, "chat"));
    TRY(sdk::check_given(prompt, "prompt"));
    auto answer = TRY(sdk::ask(*chat, prompt, TRY(sdk::read_struct(ask, "tegula_ask"))));
    if (out != nullptr) *out = sdk::answer_of(std::move(answer)).release();
    return {};
  });
}

void tegula_answer_free(tegula_answer* answer) { delete static_cast<sdk::OwnedAnswer*>(answer); }

#include <numeric>
#include <unistd.h>

#include "base/printable.h"
#include "build/builder.h"
#include "build/parameter.h"
#include "cli/answer_printer.h"
#include "cli/build_context.h"
#include "cli/chat.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/models.h"
#include "cli/named_model.h"
#include "cli/parameter.h"
#include "cli/show_model.h"
#include "cli/terminal_text.h"
#include "cli/trust.h"
#include "launch/sampling.h"
#include "launch/start.h"
#include "os/line_editor.h"
#include "os/terminal.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kDescription = "org.opencontainers.image.description";

// What the model's settings are after the user's flags.
Result<content::RuntimeSettings> settings_of(const Arguments& arguments,
                                             const launch::VerifiedModel& model) {
  content::RuntimeSettings out = model.settings;
  if (const auto system = arguments.value("system")) out.system = *system;
  for (const std::string& assignment : arguments.values("set"))
    TRY(set_parameter(assignment, out.parameters), "--set");
  const auto take = [&](const char* flag, const char* parameter) -> Result<void> {
    if (const auto value = arguments.value(flag))
      out.parameters[parameter] =
          TRY(build::parse_parameter(parameter, *value), fmt::format("--{}", flag));
    return {};
  };
  TRY(take("seed", "seed"));
  TRY(take("temperature", "temperature"));
  TRY(take("context", "num_ctx"));
  TRY(take("max-tokens", "num_predict"));
  return out;
}

codec::OrderedJson json_of(const launch::VerifiedModel& model, const launch::Plan& plan,
                           const launch::Machine& machine) {
  const infer::Estimate& estimate = plan.estimate;
  return {{"model", model.reference.str()},
          {"digest", model.digest.str()},
          {"context", estimate.context},
          {"trained_context", model.model.info.context_length},
          {"weights_bytes", estimate.weight_bytes},
          {"kv_cache_bytes", estimate.kv_bytes},
          {"compute_bytes", estimate.compute_bytes},
          {"adapter_bytes", estimate.adapter_bytes},
          {"overhead_bytes", estimate.overhead_bytes},
          {"total_bytes", estimate.total()},
          {"available_bytes", machine.memory_bytes}};
}

std::string page_of(const launch::VerifiedModel& model, const launch::Plan& plan,
                    const launch::Machine& machine) {
  const infer::Estimate& estimate = plan.estimate;
  return fmt::format("{}: context {} tokens (trained with {})\n", model.reference.str(),
                     estimate.context, model.model.info.context_length) +
         columns({{"  weights", human_bytes(estimate.weight_bytes)},
                  {"  KV cache", human_bytes(estimate.kv_bytes)},
                  {"  compute", human_bytes(estimate.compute_bytes)},
                  {"  adapters", human_bytes(estimate.adapter_bytes)},
                  {"  program", human_bytes(estimate.overhead_bytes)},
                  {"  total", human_bytes(estimate.total())},
                  {"  available", human_bytes(machine.memory_bytes)}});
}

// A model that says what it is for says so when it runs for the first time on this machine.
Result<void> introduce(const launch::VerifiedModel& model, Session& session) {
  const std::string* text = content::find_annotation(model.manifest.annotations, kDescription);
  if (text == nullptr) return {};
  const os::Path seen = TRY(session.folders()).state / "introduced" / model.digest.hex();
  if (TRY(os::exists(session.files(), seen))) return {};
  session.console().say(
      wrapped(printable(fmt::format("{}: {}", model.reference.name(), *text), 1000),
              session.console().err_terminal() ? os::terminal_columns(STDERR_FILENO) : 100));
  TRY(os::make_folders(session.files(), seen.parent_path(), 0700));
  return os::write_durably(session.files(), seen, {}, 0600);
}

Result<std::unique_ptr<infer::Engine>> start_engine(const launch::Plan& plan,
                                                    const content::Reference& name,
                                                    Session& session) {
  const os::EchoOff quiet(STDIN_FILENO);
  session.progress().begin(fmt::format("loading {}", name.str()), 0);
  auto engine = launch::start(plan, TRY(session.engine_host()), session.stop());
  session.progress().end();
  return engine;
}

// What the perimeter lacks on this machine is said each time, never hidden.
void say_perimeter(const infer::Engine& engine, Session& session) {
  for (const os::BarrierState& state : engine.info().perimeter) {
    if (!state.enforced)
      session.console().warn(fmt::format("no {} around the engine: {}",
                                         os::barrier_name(state.barrier), state.detail));
  }
}

// So is a setting that came with the model and cannot be followed.
void say_without_effect(const content::RuntimeSettings& settings, const infer::Engine& engine,
                        Session& session) {
  for (const std::string& name :
       launch::without_effect(settings.parameters, engine.info().accelerator))
    session.console().warn(
        fmt::format("parameter {} has no effect: this engine has no accelerator", name));
}

codec::OrderedJson json_of(const launch::VerifiedModel& model, const infer::Answer& answer) {
  return {{"model", model.reference.str()},
          {"digest", model.digest.str()},
          {"response", answer.text},
          {"prompt_tokens", answer.prompt_tokens},
          {"completion_tokens", answer.completion_tokens},
          {"ttft_ms", answer.ttft_ms},
          {"tokens_per_second", answer.tokens_per_second},
          {"stop_reason", infer::stop_reason_name(answer.stop_reason)}};
}

Result<void> answer_once(launch::Conversation& conversation, const std::string& prompt,
                         const launch::VerifiedModel& model, const Arguments& arguments,
                         Session& session) {
  Console& console = session.console();
  const bool json = arguments.has("json");
  std::optional<AnswerPrinter> printer;
  if (!json) printer.emplace(console, false);
  const infer::PieceSink sink = [&](const infer::Piece& piece) -> Result<void> {
    return printer ? printer->take(piece) : Result<void>();
  };
  const Result<infer::Answer> asked = conversation.ask(prompt, sink, session.stop());
  if (printer) TRY(printer->end());
  const infer::Answer answer = TRY(asked);
  if (json) console.json(json_of(model, answer));
  if (answer.stop_reason == infer::StopReason::Cancelled) return already_said(Code::Cancelled);
  if (!json && answer.stop_reason == infer::StopReason::Length)
    console.say("(the answer was cut: the context or num_predict is used up)");
  if (arguments.has("verbose")) console.say(timings(answer));
  return {};
}

Result<void> chat(launch::Conversation& conversation, const launch::VerifiedModel& model,
                  std::uint32_t context, const Arguments& arguments, Session& session) {
  ChatOptions options;
  options.model = model.reference.str();
  options.verbose = arguments.has("verbose");
  options.show = [&](std::string_view what) -> Result<std::string> {
    const ShownModel shown = TRY(shown_model(model, session));
    if (what != "info") return model_part(what, shown, session);
    return model_page(shown, false);
  };
  options.save = [&](const std::string& name) -> Result<std::string> {
    content::RuntimeSettings settings = conversation.settings();
    settings.messages = conversation.messages();
    const build::BuiltPack saved =
        TRY(build::build_with_settings(model.digest, settings, TRY(model_reference(name)),
                                       TRY(source_date(session)), TRY(build_context(session))));
    return saved.digest.str();
  };
  os::LineEditorOptions editing;
  editing.editing = os::can_redraw(session.environment());
  if (TRY(session.config()).get_bool("chat.history"))
    editing.history_file = TRY(session.folders()).state / "chat_history";
  const std::unique_ptr<os::LineEditor> editor =
      TRY(os::LineEditor::create(session.files(), editing));
  session.console().say(fmt::format("{}, context {} tokens; /help lists the commands, /bye leaves",
                                    options.model, context));
  return Chat(conversation, *editor, std::move(options), session).run();
}

// The prompt given as an argument or by a pipe; nothing if there is somebody to chat with.
Result<std::optional<std::string>> prompt_of(const Arguments& arguments, Session& session) {
  const auto words = arguments.positionals().subspan(1);
  std::string prompt = std::accumulate(words.begin(), words.end(), std::string(),
                                       [](std::string all, const std::string& word) {
                                         return all.empty() ? word : all + " " + word;
                                       });
  if (session.console().in_terminal())
    return prompt.empty() ? std::optional<std::string>() : std::optional(std::move(prompt));
  if (!prompt.empty()) return std::optional(std::move(prompt));
  prompt = TRY(read_stdin(limits::kPromptBytesMax), "stdin");
  while (prompt.ends_with('\n')) prompt.pop_back();
  if (prompt.empty())
    return fail(Code::InvalidArgument, "there is no prompt",
                "give it as an argument or by stdin; a terminal opens a chat");
  return std::optional(std::move(prompt));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(ensure_model(arguments.positional(0), session));
  content::Store* store = TRY(session.store());
  const launch::VerifiedModel model =
      TRY(launch::verify_model(*store, name, session.progress(), session.stop()));
  TRY(obey_policy(name, model.digest, arguments, session));
  const content::RuntimeSettings settings = TRY(settings_of(arguments, model));
  TRY(launch::sampling_of(settings.parameters));
  const launch::Machine machine = TRY(launch::machine_of(TRY(session.config())));
  const launch::Plan plan = TRY(launch::plan(model, settings.parameters, machine));
  if (arguments.has("estimate")) {
    if (arguments.has("json")) {
      session.console().json(json_of(model, plan, machine));
    } else {
      session.console().print(page_of(model, plan, machine));
    }
    return {};
  }
  const std::optional<std::string> prompt = TRY(prompt_of(arguments, session));
  TRY(introduce(model, session));
  const std::unique_ptr<infer::Engine> engine = TRY(start_engine(plan, name, session));
  say_perimeter(*engine, session);
  say_without_effect(settings, *engine, session);
  launch::Conversation conversation(*engine, settings);
  if (prompt) return answer_once(conversation, *prompt, model, arguments, session);
  return chat(conversation, model, engine->info().context, arguments, session);
}

}  // namespace

Command describe_run() {
  return {
      .summary = "Verify a model, start it inside the perimeter, and ask or chat",
      .text =
          "With a prompt, as an argument or by stdin, it prints the answer and ends; else it is a "
          "chat (/help).\nA prompt that does not fit the context is refused, never cut.",
      .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"},
                      {.name = "PROMPT", .help = "what to ask", .optional = true, .repeats = true}},
      .flags = {{.name = "system", .value = "TEXT", .help = "another system prompt"},
                {.name = "temperature", .value = "T", .help = "0 always takes the likeliest token"},
                {.name = "seed", .value = "N", .help = "the same seed gives the same answer"},
                {.name = "context",
                 .letter = 'c',
                 .value = "TOKENS",
                 .help = "context length",
                 .fallback = "the largest that fits"},
                {.name = "max-tokens", .value = "N", .help = "cut the answer after N tokens"},
                {.name = "set",
                 .value = "NAME=VALUE",
                 .help = "any PARAMETER of a Modelfile",
                 .repeats = true},
                {.name = "estimate", .help = "only say how much memory it would take"},
                {.name = "verbose", .letter = 'v', .help = "timings after the answer"},
                kJsonFlag},
      .examples = {{"tegula run starter", "a chat"},
                   {"tegula run starter \"What is 23 + 45?\"", {}},
                   {"tegula run --json --seed 1 --temperature 0 starter < question.txt", {}},
                   {"tegula run --estimate --context 8192 qwen", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

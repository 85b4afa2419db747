#include "cli/chat.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggest.h"
#include "build/parameter.h"
#include "cli/answer_printer.h"
#include "cli/parameter.h"
#include "launch/sampling.h"
#include "os/terminal.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kPrompt = ">>> ";
constexpr std::string_view kMore = "... ";
constexpr std::array<std::string_view, 7> kCommands = {"help",  "set", "show", "save",
                                                       "clear", "bye", "?"};
constexpr std::array<std::string_view, 4> kSettings = {"parameter", "system", "verbose", "quiet"};
constexpr std::array<std::string_view, 7> kParts = {
    "info", "parameters", "system", "template", "messages", "license", "modelfile"};

constexpr std::string_view kHelp =
    R"(/set parameter NAME VALUE   change a parameter, such as temperature 0.2
/set system TEXT            change the system prompt and start anew
/set verbose, /set quiet    show timings after each answer, or don't
/show WHAT                  info, parameters, system, template, messages,
                            license or modelfile
/save NAME                  keep this conversation as a model of that name
/clear                      forget the conversation
/bye                        leave; Ctrl-D does too

A text of several lines begins and ends with """; or it is pasted; or each of
its lines but the last ends with a backslash. Arrow keys bring back old lines.
Ctrl-C stops the answer, and gives up a line that is being typed.)";

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known,
                         std::string otherwise) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? std::move(otherwise) : fmt::format("did you mean {}?", near);
}

}  // namespace

Chat::Chat(launch::Conversation& conversation, os::LineEditor& editor, ChatOptions options,
           Session& session)
    : conversation_(conversation),
      editor_(editor),
      options_(std::move(options)),
      session_(session) {}

Result<void> Chat::run() {
  ChatInput input;
  while (true) {
    session_.interrupt().reset();
    const auto line = editor_.read(input.open() ? kMore : kPrompt);
    if (!line && line.error().code == Code::Cancelled) {
      if (!input.open()) session_.console().say("(/bye or Ctrl-D leaves)");
      input.reset();
      continue;
    }
    if (!line) return std::unexpected(line.error());
    if (!*line) return {};
    const std::optional<Typed> typed = input.add(**line);
    if (!typed || typed->text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    Result<bool> going_on = take(*typed);
    if (!going_on) {
      session_.console().error(going_on.error());
    } else if (!*going_on) {
      return {};
    }
  }
}

Result<bool> Chat::take(const Typed& typed) {
  std::optional<SlashCommand> command;
  if (!typed.is_quoted) command = slash_command(typed.text);
  if (!command) {
    TRY(ask(typed.text));
  } else if (command->name == "bye" || command->name == "exit" || command->name == "quit") {
    return false;
  } else if (command->name == "help" || command->name == "?") {
    session_.console().say(kHelp);
  } else if (command->name == "set") {
    TRY(set(command->argument));
  } else if (command->name == "show") {
    TRY(show(command->argument));
  } else if (command->name == "save") {
    TRY(save(command->argument));
  } else if (command->name == "clear") {
    conversation_.clear();
    session_.console().say("the conversation is forgotten");
  } else {
    const std::string_view near = nearest(command->name, kCommands);
    return fail(Code::InvalidArgument, fmt::format("unknown command \"/{}\"", command->name),
                near.empty() ? R"(/help lists them; a question may stand in """)"
                             : fmt::format("did you mean /{}?", near));
  }
  return true;
}

Result<void> Chat::ask(const std::string& question) {
  Console& console = session_.console();
  const os::EchoOff quiet(options_.terminal);
  AnswerPrinter printer(console, true);
  const infer::PieceSink print = [&](const infer::Piece& piece) { return printer.take(piece); };
  const Result<infer::Answer> answer = conversation_.ask(question, print, session_.stop());
  TRY(printer.end());
  if (!answer) return std::unexpected(answer.error());
  if (answer->stop_reason == infer::StopReason::Cancelled) console.say("(stopped)");
  if (answer->stop_reason == infer::StopReason::Length)
    console.say("(the answer was cut: the context or num_predict is used up)");
  if (options_.verbose) console.say(timings(*answer));
  console.say("");
  return {};
}

Result<void> Chat::set(const std::string& argument) {
  const SlashCommand words = split_word(argument);
  if (words.name == "parameter") return set_parameter(words.argument);
  if (words.name == "system") {
    conversation_.set_system(words.argument);
    conversation_.clear();
    session_.console().say(words.argument.empty()
                               ? "there is no system prompt now; the conversation starts anew"
                               : "the system prompt is set; the conversation starts anew");
    return {};
  }
  if (words.name == "verbose" || words.name == "quiet") {
    options_.verbose = words.name == "verbose";
    session_.console().say(options_.verbose ? "timings are shown after each answer"
                                            : "timings are not shown");
    return {};
  }
  constexpr const char* kForms =
      "/set parameter NAME VALUE, /set system TEXT, /set verbose, /set quiet";
  if (words.name.empty()) return fail(Code::InvalidArgument, "/set needs to know what", kForms);
  return fail(Code::InvalidArgument, fmt::format("there is no setting \"{}\"", words.name),
              did_you_mean(words.name, kSettings, kForms));
}

Result<void> Chat::set_parameter(const std::string& argument) {
  const SlashCommand words = split_word(argument);
  const content::Parameter value = TRY(build::parse_parameter(words.name, words.argument));
  if (launch::is_load_parameter(words.name)) {
    return fail(Code::Unsupported, fmt::format("\"{}\" cannot change while running", words.name),
                fmt::format("start again with `tegula run --set {}={} {}`", words.name,
                            words.argument, options_.model));
  }
  TRY(conversation_.set_parameter(words.name, value));
  session_.console().say(fmt::format("{} is {}", words.name, parameter_text(value)));
  return {};
}

Result<void> Chat::show(const std::string& argument) {
  const content::RuntimeSettings& settings = conversation_.settings();
  std::string text;
  if (!argument.empty() && std::ranges::find(kParts, argument) == kParts.end()) {
    return fail(Code::InvalidArgument, fmt::format("there is no \"{}\" to show", argument),
                did_you_mean(argument, kParts, fmt::format("{}", fmt::join(kParts, ", "))));
  }
  if (argument == "system") {
    text = settings.system;
  } else if (argument == "parameters") {
    text = parameter_lines(settings.parameters);
  } else if (argument == "messages") {
    for (const content::Message& message : conversation_.messages())
      text += fmt::format("{}: {}\n", message.role, message.content);
  } else {
    text = TRY(options_.show(argument.empty() ? "info" : argument));
  }
  if (text.empty()) text = "(none)";
  if (!text.ends_with('\n')) text += '\n';
  session_.console().print(session_.console().shown(text));
  return session_.console().flush();
}

Result<void> Chat::save(const std::string& argument) {
  if (argument.empty())
    return fail(Code::InvalidArgument, "/save needs a name", "such as /save mine");
  const std::string digest = TRY(options_.save(argument));
  session_.console().say(fmt::format("saved \"{}\" ({})", argument, digest));
  return {};
}

std::string timings(const infer::Answer& answer) {
  return fmt::format(
      "{} prompt tokens, {} answer tokens at {:.1f} tokens/s, first after {:.0f} ms, {}",
      answer.prompt_tokens, answer.completion_tokens, answer.tokens_per_second, answer.ttft_ms,
      infer::stop_reason_name(answer.stop_reason));
}

}  // namespace tegula::cli

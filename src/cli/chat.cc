#include "cli/chat.h"

#include <array>

#include <fmt/format.h>

#include "base/suggest.h"
#include "cli/chat_input.h"
#include "cli/parameter.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kPrompt = ">>> ";
constexpr std::string_view kMore = "... ";
constexpr std::array<std::string_view, 7> kCommands = {"help",  "set", "show", "save",
                                                       "clear", "bye", "?"};

constexpr std::string_view kHelp =
    R"(/set parameter NAME VALUE   change a parameter, such as temperature 0.2
/set system TEXT            change the system prompt and start anew
/set verbose | quiet        show timings after each answer, or don't
/show WHAT                  info, parameters, system, template, license, messages or modelfile
/save NAME                  keep this conversation as a model of that name
/clear                      forget the conversation
/bye                        leave (Ctrl-D does too)
""" opens a text of several lines, """ closes it; a backslash at the end goes on in the next line
Ctrl-C stops the answer
)";

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
    const std::optional<std::string> text = input.add(**line);
    if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos) continue;
    Result<bool> going_on = take(*text);
    if (!going_on) {
      session_.console().error(going_on.error());
    } else if (!*going_on) {
      return {};
    }
  }
}

Result<bool> Chat::take(const std::string& input) {
  const std::optional<SlashCommand> command = slash_command(input);
  if (!command) {
    TRY(ask(input));
  } else if (command->name == "bye" || command->name == "exit" || command->name == "quit") {
    return false;
  } else if (command->name == "help" || command->name == "?") {
    help();
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
                near.empty() ? "/help lists them" : fmt::format("did you mean /{}?", near));
  }
  return true;
}

Result<void> Chat::ask(const std::string& question) {
  Console& console = session_.console();
  const infer::PieceSink print = [&](const infer::Piece& piece) -> Result<void> {
    const std::string text = console.shown(piece.text);
    console.print(piece.thinking ? console.dim(text) : text);
    return console.flush();
  };
  const infer::Answer answer = TRY(conversation_.ask(question, print, session_.stop()));
  console.print("\n");
  TRY(console.flush());
  if (answer.stop_reason == infer::StopReason::Length)
    console.say("(the answer was cut: the context or num_predict is used up)");
  if (options_.verbose) console.say(timings(answer));
  return {};
}

Result<void> Chat::set(const std::string& argument) {
  const SlashCommand words = split_word(argument);
  if (words.name == "parameter") return set_parameter(words.argument);
  if (words.name == "system") {
    conversation_.set_system(words.argument);
    conversation_.clear();
    session_.console().say("the system prompt is set; the conversation starts anew");
    return {};
  }
  if (words.name == "verbose" || words.name == "quiet") {
    options_.verbose = words.name == "verbose";
    return {};
  }
  return fail(Code::InvalidArgument, fmt::format("cannot set \"{}\"", words.name),
              "/set parameter NAME VALUE, /set system TEXT, /set verbose, /set quiet");
}

Result<void> Chat::set_parameter(const std::string& argument) {
  const SlashCommand words = split_word(argument);
  const content::Parameter value = TRY(parse_parameter(words.name, words.argument));
  if (words.name.starts_with("num_ctx") || words.name == "num_batch" ||
      words.name == "num_thread" || words.name == "num_gpu") {
    return fail(Code::Unsupported, fmt::format("\"{}\" cannot change while running", words.name),
                fmt::format("start again with `tegula run --set {}={} {}`", words.name,
                            words.argument, options_.model));
  }
  return conversation_.set_parameter(words.name, value);
}

Result<void> Chat::show(const std::string& argument) {
  const content::RuntimeSettings& settings = conversation_.settings();
  std::string text;
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
  if (argument.empty()) return fail(Code::InvalidArgument, "/save needs a name");
  const std::string digest = TRY(options_.save(argument));
  session_.console().say(fmt::format("saved \"{}\" ({})", argument, digest));
  return {};
}

void Chat::help() { session_.console().say(kHelp); }

std::string timings(const infer::Answer& answer) {
  return fmt::format(
      "{} prompt tokens, {} answer tokens at {:.1f} tokens/s, first after {:.0f} ms, {}",
      answer.prompt_tokens, answer.completion_tokens, answer.tokens_per_second, answer.ttft_ms,
      infer::stop_reason_name(answer.stop_reason));
}

}  // namespace tegula::cli

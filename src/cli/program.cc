#include "cli/program.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/suggest.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/models.h"
#include "cli/rebuild.h"

namespace tegula::cli {
namespace {

using Words = std::span<const std::string>;

// How many of the words name the command: 0, 1 or 2.
std::size_t match(std::string_view command, Words words) {
  const std::size_t blank = command.find(' ');
  if (words.empty() || words[0] != command.substr(0, blank)) return 0;
  if (blank == std::string_view::npos) return 1;
  return words.size() > 1 && words[1] == command.substr(blank + 1) ? 2 : 0;
}

std::string hint_for(std::string_view word, std::vector<std::string_view> known) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? "see `tegula --help`" : fmt::format("did you mean \"{}\"?", near);
}

Result<void> unknown(Words words) {
  std::vector<std::string_view> firsts, seconds;
  for (const CommandEntry& entry : command_table()) {
    const std::size_t blank = entry.words.find(' ');
    firsts.push_back(entry.words.substr(0, blank));
    if (blank != std::string_view::npos && firsts.back() == words[0])
      seconds.push_back(entry.words.substr(blank + 1));
  }
  if (!seconds.empty() && words.size() > 1) {
    return fail(Code::InvalidArgument,
                fmt::format("\"tegula {}\" has no verb \"{}\"", words[0], words[1]),
                hint_for(words[1], seconds));
  }
  return fail(Code::InvalidArgument, fmt::format("unknown command \"{}\"", words[0]),
              hint_for(words[0], firsts));
}

bool asks_help(std::string_view word) { return word == "--help" || word == "-h" || word == "help"; }

// `tegula`, `tegula help`, `tegula store`, `tegula store --help`; false if it is something else.
bool show_help(Words words, Console& console) {
  if (words.empty() || (asks_help(words[0]) && words.size() == 1)) {
    console.print(overview(all_commands()));
    return true;
  }
  if (words.size() > 2 || (words.size() == 2 && !asks_help(words[1]))) return false;
  const std::string page = noun_page(all_commands(), words[0]);
  console.print(page);
  return !page.empty();
}

Result<void> show_completions(Words words, Session& session) {
  for (const std::string& candidate :
       complete(all_commands(), words, [&] { return model_names(session); }))
    session.console().print(candidate + "\n");
  return {};
}

Result<void> run_command(const Command& command, Words words, Session& session) {
  const Arguments arguments = TRY(Arguments::parse(command, words));
  if (arguments.help()) {
    session.console().print(command_page(command));
    return {};
  }
  return command.run(arguments, session);
}

Result<void> dispatch(Words words, Session& session) {
  if (!words.empty() && words[0] == "__complete")
    return show_completions(words.subspan(1), session);
  if (words.size() == 2 && words[0] == kRebuildWord) return rebuild_elsewhere(words[1], session);
  if (words.size() == 1 && words[0] == "__reference") {
    session.console().print(markdown(all_commands()));
    return {};
  }
  if (words.size() == 1 && words[0] == "--version") {
    const std::string version[] = {"version"};
    return dispatch(version, session);
  }
  if (words.size() > 1 && words[0] == "help") {
    std::vector<std::string> turned(words.begin() + 1, words.end());
    turned.push_back("--help");
    return dispatch(turned, session);
  }
  for (const CommandEntry& entry : command_table()) {
    if (const std::size_t count = match(entry.words, words); count > 0)
      return run_command(entry.command(), words.subspan(count), session);
  }
  if (show_help(words, session.console())) return {};
  return unknown(words);
}

// What is wrong with config.toml is said by the commands that need it.
void apply_colour_setting(Session& session) {
  const auto config = session.config();
  if (!config) return;
  const std::string colour = config->get_text("ui.colour");
  if (colour == "always") session.console().set_colour(true);
  if (colour == "never") session.console().set_colour(false);
}

}  // namespace

int run_program(Words words, Session& session) {
  apply_colour_setting(session);
  Result<void> done = dispatch(words, session);
  const Result<void> written = session.console().flush();
  if (done) done = written;
  if (done) return 0;
  session.progress().end();  // a bar that is still there would share the error's line
  if (!done.error().text.empty()) session.console().error(done.error());
  return exit_status(done.error().code);
}

}  // namespace tegula::cli

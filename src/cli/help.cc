#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::cli {
namespace {

constexpr std::size_t kIndent = 2;

std::string usage(const Command& command) {
  std::string out = fmt::format("tegula {}", command.words);
  if (!command.flags.empty()) out += " [OPTION…]";
  for (const Positional& positional : command.positionals) {
    const std::string dots = positional.repeats ? "…" : "";
    out += positional.optional ? fmt::format(" [{}{}]", positional.name, dots)
                               : fmt::format(" {}{}", positional.name, dots);
  }
  return out;
}

std::string flag_names(const Flag& flag) {
  std::string out = flag.letter != 0 ? fmt::format("-{}, ", flag.letter) : "    ";
  out += fmt::format("--{}", flag.name);
  if (flag.bare)
    out += fmt::format("[={}]", flag.value);
  else if (!flag.value.empty())
    out += fmt::format(" {}", flag.value);
  return out;
}

std::string flag_help(const Flag& flag) {
  std::string out(flag.help);
  if (flag.repeats) out += " (may repeat)";
  if (!flag.fallback.empty()) out += fmt::format(" (default: {})", flag.fallback);
  return out;
}

struct Row {
  std::string left;
  std::string right;
};

std::string table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.left.size());
  std::string out;
  for (const Row& row : rows)
    out += fmt::format("{:{}}{:<{}}  {}\n", "", kIndent, row.left, width, row.right);
  return out;
}

std::string_view first_word(std::string_view words) { return words.substr(0, words.find(' ')); }

bool is_noun(std::string_view words) { return words.find(' ') != std::string_view::npos; }

std::vector<Row> rows_of(const std::vector<Positional>& positionals) {
  std::vector<Row> rows;
  for (const Positional& positional : positionals)
    rows.push_back({std::string(positional.name), std::string(positional.help)});
  return rows;
}

std::vector<Row> rows_of(const std::vector<Flag>& flags) {
  std::vector<Row> rows;
  for (const Flag& flag : flags) rows.push_back({flag_names(flag), flag_help(flag)});
  rows.push_back({"-h, --help", "show this page"});
  return rows;
}

std::string examples_of(const Command& command) {
  std::string out;
  for (const Example& example : command.examples) {
    out += fmt::format("{:{}}{}\n", "", kIndent, example.command);
    if (!example.meaning.empty()) out += fmt::format("{:{}}{}\n", "", 2 * kIndent, example.meaning);
  }
  return out;
}

}  // namespace

std::string overview(std::span<const Command> commands) {
  std::vector<Row> verbs, nouns;
  for (const Command& command : commands) {
    if (!is_noun(command.words)) {
      verbs.push_back({std::string(command.words), std::string(command.summary)});
      continue;
    }
    const std::string noun(first_word(command.words));
    const std::string verb(command.words.substr(noun.size() + 1));
    if (!nouns.empty() && nouns.back().left == noun) {
      nouns.back().right += ", " + verb;
    } else {
      nouns.push_back({noun, verb});
    }
  }
  return "Tegula: local models that are verified before they run, without network.\n\n"
         "Usage: tegula COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n" +
         table(verbs) + "\nNouns and their verbs:\n" + table(nouns) +
         "\n`tegula COMMAND --help` tells more, with examples.\n"
         "TEGULA_HOME=FOLDER keeps all state and configuration in FOLDER.\n";
}

std::string noun_page(std::span<const Command> commands, std::string_view noun) {
  std::vector<Row> rows;
  for (const Command& command : commands) {
    if (is_noun(command.words) && first_word(command.words) == noun)
      rows.push_back({usage(command).substr(7), std::string(command.summary)});
  }
  if (rows.empty()) return {};
  return fmt::format("Usage: tegula {} VERB [OPTION…] [ARGUMENT…]\n\nVerbs:\n{}", noun,
                     table(rows));
}

std::string command_page(const Command& command) {
  std::string out = fmt::format("Usage: {}\n\n{}.\n", usage(command), command.summary);
  if (!command.text.empty()) out += fmt::format("\n{}\n", command.text);
  if (!command.positionals.empty()) out += "\nArguments:\n" + table(rows_of(command.positionals));
  out += "\nOptions:\n" + table(rows_of(command.flags));
  if (!command.examples.empty()) out += "\nExamples:\n" + examples_of(command);
  return out;
}

std::string markdown(std::span<const Command> commands) {
  std::string out =
      "# The command line\n\n"
      "Made from the command table by `tegula __reference`; a test holds it to the program.\n"
      "Exit statuses are listed in [errors](errors.md).\n";
  for (const Command& command : commands)
    out += fmt::format("\n## tegula {}\n\n```text\n{}```\n", command.words, command_page(command));
  return out;
}

}  // namespace tegula::cli

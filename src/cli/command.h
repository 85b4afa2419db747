// One command = one file = one value. Parsing, help, completion and docs/reference/cli.md are all
// made from these values; command_table.cc names and lists them.
//
// Thread rule: values.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::cli {

class Arguments;
class Session;

struct Flag {
  std::string_view name;        // without the dashes: "json"
  char letter = 0;              // 't' for -t
  std::string_view value = {};  // "NAME"; empty: a switch
  bool bare = false;            // the value may be left out: --update, --update=INPUT
  std::string_view help;
  std::string_view fallback = {};  // shown as the default
  bool repeats = false;
  // What the shell offers for the value: "model", "file", "folder" or words apart by a blank.
  std::string_view completes = {};
};

// Whether the word behind the flag is its value.
constexpr bool takes_word(const Flag& flag) { return !flag.value.empty() && !flag.bare; }

struct Positional {
  std::string_view name;  // "MODEL"
  std::string_view help;
  bool optional = false;
  bool repeats = false;
  std::string_view completes = {};
};

struct Example {
  std::string_view command;
  std::string_view meaning;
};

struct Command {
  std::string_view words = {};  // "store verify"; from the table
  std::string_view summary;     // one line, no full stop
  std::string_view text;        // paragraphs for --help
  std::vector<Positional> positionals = {};
  std::vector<Flag> flags = {};
  std::vector<Example> examples = {};
  Result<void> (*run)(const Arguments&, Session&) = nullptr;  // see already_said()
};

// For a command that has told the user itself (a diagnostic with its line and caret): only the exit
// status follows.
inline std::unexpected<Error> already_said(Code code) { return fail(code, {}); }

// A line of the table. What else there is to say of a command is made when it's asked for: a run
// needs one of them.
struct CommandEntry {
  std::string_view words;
  Command (*describe)();

  Command command() const;
};

// Every command, in the order of the help page.
std::span<const CommandEntry> command_table();
std::vector<Command> all_commands();

// The flag every reading command has.
inline constexpr Flag kJsonFlag{.name = "json", .help = "print one JSON object"};

}  // namespace tegula::cli

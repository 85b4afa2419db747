// What a Modelfile says: a list of commands. docs/reference/modelfile.md describes the text.
//
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tegula::modelfile {

// Ollama: its parser's behaviour exactly, dropped characters included.
// Tegula: the same grammar and meaning, TARGET, LABEL and raw values besides; drops nothing.
enum class Dialect { Tegula, Ollama };

enum class Instruction {
  From,
  License,
  Template,
  System,
  Adapter,
  Draft,
  Renderer,
  Parser,
  Parameter,
  Message,
  Requires,
  Target,
  Label,
};

// A place in the text. Lines and columns count from 1, columns in code points; 0 means unknown.
struct Place {
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

// One instruction. `name` is "model" for FROM, the parameter's own name for PARAMETER, and the
// lower-case word for the others. `args` is the value without its quotes; for MESSAGE it is
// "role: text". Places don't take part in comparison.
struct Command {
  Instruction instruction = Instruction::From;
  std::string name;
  std::string args;
  Place place;            // of the instruction's word
  Place value_place;      // of the first character of the value (of the text, for MESSAGE)
  Place name_place = {};  // of a PARAMETER's name; unknown for the others and in dialect ollama

  friend bool operator==(const Command& a, const Command& b) {
    return a.instruction == b.instruction && a.name == b.name && a.args == b.args;
  }
};

struct Modelfile {
  std::vector<Command> commands;
  friend bool operator==(const Modelfile&, const Modelfile&) = default;
};

// The two halves of a MESSAGE's args.
struct Message {
  std::string_view role;
  std::string_view text;
};
Message message_of(const Command& command);

bool is_message_role(std::string_view word);
bool is_parameter_name(std::string_view word);  // one or more of A-Z a-z 0-9 _

}  // namespace tegula::modelfile

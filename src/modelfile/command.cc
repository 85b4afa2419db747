#include "modelfile/command.h"

#include <algorithm>

#include "modelfile/characters.h"

namespace tegula::modelfile {

Message message_of(const Command& command) {
  const std::string_view args = command.args;
  const std::size_t colon = args.find(": ");
  if (colon == std::string_view::npos) return {args, {}};
  return {args.substr(0, colon), args.substr(colon + 2)};
}

bool is_message_role(std::string_view word) {
  return word == "system" || word == "user" || word == "assistant";
}

bool is_parameter_name(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return is_name_char(c); });
}

}  // namespace tegula::modelfile

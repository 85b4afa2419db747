// Help pages, made from the command table.
#pragma once

#include <string>

#include "cli/command.h"

namespace tegula::cli {

// `tegula --help`: the verbs and nouns, a line each.
std::string overview(std::span<const Command> commands);

// `tegula store --help`: the verbs of a noun; empty if no command starts with it.
std::string noun_page(std::span<const Command> commands, std::string_view noun);

// `tegula run --help`.
std::string command_page(const Command& command);

// docs/reference/cli.md, held by a golden test.
std::string markdown(std::span<const Command> commands);

}  // namespace tegula::cli

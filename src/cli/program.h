// From the words of the command line to a command, and from its result to an exit status.
#pragma once

#include <span>
#include <string>

#include "cli/session.h"

namespace tegula::cli {

// Runs `words` (without the program's name). The exit status is exit_status() of the error, else 0.
int run_program(std::span<const std::string> words, Session& session);

}  // namespace tegula::cli

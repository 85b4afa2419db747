// Completion for shells: the scripts are three small stubs which ask `tegula __complete WORD…`, so
// that there is one place that knows what may come next.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace tegula::cli {

// What may stand where the last of `words` is being typed (words without the program's name; the
// last may be empty). Words that complete a file come back as none: the stub lets the shell do
// files. `models` is asked only when a model name may stand there.
std::vector<std::string> complete(std::span<const Command> commands,
                                  std::span<const std::string> words,
                                  const std::function<std::vector<std::string>()>& models);

// The stub for "bash", "zsh" or "fish"; InvalidArgument for another shell.
Result<std::string> completion_script(std::string_view shell);

}  // namespace tegula::cli

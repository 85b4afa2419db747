#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/session.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  session.console().print(TRY(completion_script(arguments.positional(0))));
  return {};
}

}  // namespace

Command describe_completion() {
  return {
      .summary = "Print the completion script for a shell",
      .text = {},
      .positionals = {{.name = "SHELL", .help = "bash, zsh or fish", .completes = "bash zsh fish"}},
      .examples = {{"source <(tegula completion bash)", "for this shell"},
                   {"tegula completion fish > ~/.config/fish/completions/tegula.fish", "for good"}},
      .run = run,
  };
}

}  // namespace tegula::cli

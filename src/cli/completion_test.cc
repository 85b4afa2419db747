#include "cli/completion.h"

#include <gtest/gtest.h>

namespace tegula::cli {
namespace {

using Words = std::vector<std::string>;

const std::vector<Command>& table() {
  static const std::vector<Command> commands = {
      {.words = "run",
       .summary = "",
       .text = "",
       .positionals = {{.name = "MODEL", .help = "", .completes = "model"},
                       {.name = "PROMPT", .help = "", .optional = true}},
       .flags =
           {{.name = "json", .help = ""},
            {.name = "base", .value = "MODEL", .help = "", .completes = "model"},
            {.name = "update", .value = "INPUT", .bare = true, .help = ""},
            {.name = "seed", .value = "N", .help = ""},
            {.name = "file", .letter = 'f', .value = "FILE", .help = "", .completes = "file"}}},
      {.words = "store verify", .summary = "", .text = ""},
      {.words = "store gc", .summary = "", .text = ""},
      {.words = "completion",
       .summary = "",
       .text = "",
       .positionals = {{.name = "SHELL", .help = "", .completes = "bash zsh fish"}}},
  };
  return commands;
}

Words candidates(const Words& words) {
  return complete(table(), words, [] { return Words{"starter", "story", "team/qwen"}; });
}

TEST(Completion, OffersWhatMayComeNext) {
  struct Case {
    Words words;
    Words want;
  };
  const Case cases[] = {
      {{""}, {"completion", "run", "store"}},
      {{"st"}, {"store"}},
      {{"store", ""}, {"gc", "verify"}},
      {{"run", ""}, {"starter", "story", "team/qwen"}},
      {{"run", "--json", "sto"}, {"story"}},
      {{"run", "--seed", "1", "te"}, {"team/qwen"}},
      {{"run", "starter", "x"}, {}},
      {{"run", "-"}, {"--base", "--file", "--help", "--json", "--seed", "--update"}},
      {{"run", "--base=st"}, {"--base=starter", "--base=story"}},
      {{"run", "--seed=1"}, {}},
      {{"run", "--no=1"}, {}},
      {{"run", "--update", "sto"}, {"story"}},
      {{"run", "-f", ""}, {}},
      {{"completion", ""}, {"bash", "fish", "zsh"}},
      {{"nothing", ""}, {}},
  };
  for (const Case& c : cases) EXPECT_EQ(candidates(c.words), c.want) << c.words.back();
}

TEST(Completion, HasThreeShells) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_NE(completion_script(shell).value().find("tegula __complete"), std::string::npos);
  }
  EXPECT_EQ(completion_script("tcsh").error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::cli

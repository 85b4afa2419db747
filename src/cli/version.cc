#include "cli/version.h"

#include "cli/commands.h"
#include "cli/session.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  if (arguments.has("json")) {
    session.console().json(
        {{"version", TEGULA_VERSION},
         {"engine",
          {{"name", "llama.cpp"}, {"version", TEGULA_LLAMA_TAG}, {"tree", TEGULA_LLAMA_TREE}}}});
  } else {
    session.console().print(
        fmt::format("tegula {} (llama.cpp {})\n", TEGULA_VERSION, TEGULA_LLAMA_TAG));
  }
  return {};
}

}  // namespace

std::string_view program_version() { return TEGULA_VERSION; }

Command describe_version() {
  return {
      .summary = "Say which Tegula and which engine this is",
      .text = {},
      .flags = {kJsonFlag},
      .examples = {{"tegula version --json", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

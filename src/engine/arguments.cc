#include "engine/arguments.h"

#include <fmt/format.h>

namespace tegula::engine {

bool uses_draft(const infer::EngineSettings& settings) {
  return settings.draft_model >= 0 && settings.draft_tokens > 0;
}

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

std::vector<std::string> server_arguments(const infer::EngineSettings& settings,
                                          const std::string& socket) {
  std::vector<std::string> out{
      "--host",        socket,
      "--model",       descriptor_path(settings.model),
      "--alias",       settings.name,
      "--parallel",    std::to_string(settings.parallel),
      "--ctx-size",    std::to_string(settings.context * settings.parallel),
      "--batch-size",  std::to_string(settings.batch),
      "--ubatch-size", std::to_string(settings.micro_batch),
      "--threads",     std::to_string(settings.threads),
      "--load-mode",   settings.map_model ? "auto" : "none"};
  // No memory beyond the estimate: no store of old prompts, few checkpoints, no guessing of sizes.
  for (const char* word : {"--cache-ram", "0", "--ctx-checkpoints", "4", "--fit", "off",
                           "--no-kv-unified", "--no-slots", "--offline", "--no-ui"})
    out.push_back(word);
  if (settings.projector >= 0) {
    out.push_back("--mmproj");
    out.push_back(descriptor_path(settings.projector));
  }
  if (uses_draft(settings)) {
    out.push_back("--model-draft");
    out.push_back(descriptor_path(settings.draft_model));
    out.push_back("--spec-draft-n-max");
    out.push_back(std::to_string(settings.draft_tokens));
  }
  return out;
}

}  // namespace tegula::engine

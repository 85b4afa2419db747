#include "engine/arguments.h"

#include <fmt/format.h>

#include "infer/protocol.h"

namespace tegula::engine {

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

std::vector<std::string> server_arguments(const infer::EngineSettings& settings) {
  std::vector<std::string> out{
      "--host",        std::string(infer::kSocketName),
      "--model",       descriptor_path(settings.model),
      "--alias",       settings.name,
      "--parallel",    std::to_string(settings.parallel),
      "--ctx-size",    std::to_string(settings.context * settings.parallel),
      "--batch-size",  std::to_string(settings.batch),
      "--ubatch-size", std::to_string(settings.micro_batch),
      "--threads",     std::to_string(settings.threads),
      "--gpu-layers",  std::to_string(settings.gpu_layers)};
  // No memory beyond the estimate: no store of old prompts, few checkpoints, no guessing of sizes.
  for (const char* word : {"--cache-ram", "0", "--ctx-checkpoints", "4", "--fit", "off",
                           "--no-kv-unified", "--no-slots", "--offline", "--no-ui"})
    out.push_back(word);
  if (settings.projector >= 0) {
    out.push_back("--mmproj");
    out.push_back(descriptor_path(settings.projector));
  }
  if (settings.draft_model >= 0) {
    out.push_back("--model-draft");
    out.push_back(descriptor_path(settings.draft_model));
  }
  return out;
}

}  // namespace tegula::engine

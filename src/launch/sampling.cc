#include "launch/sampling.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace tegula::launch {
namespace {

using content::Parameter;

constexpr std::array<std::string_view, 7> kLoadParameters = {
    "num_ctx", "num_batch", "num_thread", "num_gpu", "main_gpu", "use_mmap", "draft_num_predict"};

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

std::unexpected<Error> wrong(const std::string& name, std::string_view wanted) {
  return fail(Code::InvalidArgument, fmt::format("parameter {}: {} was expected", name, wanted));
}

// Reads parameters by name; what is absent leaves the target as it is.
class Reader {
 public:
  explicit Reader(const Parameters& parameters) : parameters_(parameters) {}

  Result<void> number(const std::string& name, double min, double max, float& into) const {
    const Parameter* found = find(name);
    if (found == nullptr) return {};
    double value = 0;
    if (const auto* whole = std::get_if<std::int64_t>(found)) {
      value = static_cast<double>(*whole);
    } else if (const auto* real = std::get_if<double>(found)) {
      value = *real;
    } else {
      return wrong(name, "a number");
    }
    if (!(value >= min && value <= max))
      return wrong(name, fmt::format("a number from {} to {}", min, max));
    into = static_cast<float>(value);
    return {};
  }

  template <class Int>
  Result<void> integer(const std::string& name, std::int64_t min, std::int64_t max,
                       Int& into) const {
    const Parameter* found = find(name);
    if (found == nullptr) return {};
    const auto* value = std::get_if<std::int64_t>(found);
    if (value == nullptr || *value < min || *value > max)
      return wrong(name, fmt::format("an integer from {} to {}", min, max));
    into = static_cast<Int>(*value);
    return {};
  }

  Result<void> flag(const std::string& name, bool& into) const {
    const Parameter* found = find(name);
    if (found == nullptr) return {};
    const auto* value = std::get_if<bool>(found);
    if (value == nullptr) return wrong(name, "true or false");
    into = *value;
    return {};
  }

  Result<void> strings(const std::string& name, std::vector<std::string>& into) const {
    const Parameter* found = find(name);
    if (found == nullptr) return {};
    const auto* value = std::get_if<std::vector<std::string>>(found);
    if (value == nullptr) return wrong(name, "a list of strings");
    into = *value;
    return {};
  }

 private:
  const Parameter* find(const std::string& name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? nullptr : &found->second;
  }

  const Parameters& parameters_;
};

// -1 means a new seed each time, as in Ollama.
Result<std::optional<std::uint32_t>> seed_of(const Reader& read) {
  std::int64_t seed = -1;
  TRY(read.integer("seed", -1, std::numeric_limits<std::uint32_t>::max(), seed));
  if (seed < 0) return std::optional<std::uint32_t>();
  return std::optional<std::uint32_t>(static_cast<std::uint32_t>(seed));
}

}  // namespace

Result<infer::Sampling> sampling_of(const Parameters& parameters) {
  const Reader read(parameters);
  infer::Sampling out;
  out.seed = TRY(seed_of(read));
  TRY(read.number("temperature", 0, 100, out.temperature));
  TRY(read.integer("top_k", -1, kIntMax, out.top_k));
  out.top_k = std::max(out.top_k, 0);
  TRY(read.number("top_p", 0, 1, out.top_p));
  TRY(read.number("min_p", 0, 1, out.min_p));
  TRY(read.number("typical_p", 0, 1, out.typical_p));
  TRY(read.number("repeat_penalty", 0, 100, out.repeat_penalty));
  TRY(read.integer("repeat_last_n", -1, kIntMax, out.repeat_last_n));
  TRY(read.number("presence_penalty", -100, 100, out.presence_penalty));
  TRY(read.number("frequency_penalty", -100, 100, out.frequency_penalty));
  TRY(read.integer("num_predict", -2, kIntMax, out.num_predict));
  if (out.num_predict <= 0) out.num_predict = -1;  // 0 and -2 too end with the model or the context
  // Nothing to hand on: the context never shifts here, so all of the prompt is kept.
  std::int32_t num_keep = 0;
  TRY(read.integer("num_keep", -1, kIntMax, num_keep));
  TRY(read.strings("stop", out.stop));
  return out;
}

Result<void> apply_load_parameters(const Parameters& parameters, infer::EngineSettings& settings) {
  const Reader read(parameters);
  TRY(read.integer("num_batch", 1, kIntMax, settings.batch));
  settings.micro_batch = std::min(settings.micro_batch, settings.batch);
  TRY(read.integer("num_thread", 0, 4096, settings.threads));
  TRY(read.integer("num_gpu", -1, kIntMax, settings.gpu_layers));
  TRY(read.integer("main_gpu", 0, kIntMax, settings.main_gpu));
  TRY(read.integer("draft_num_predict", 0, kIntMax, settings.draft_tokens));
  return read.flag("use_mmap", settings.map_model);
}

bool is_load_parameter(std::string_view name) {
  return std::ranges::find(kLoadParameters, name) != kLoadParameters.end();
}

std::vector<std::string> without_effect(const Parameters& parameters, bool accelerator) {
  std::vector<std::string> out;
  if (accelerator) return out;
  for (const char* name : {"num_gpu", "main_gpu"}) {
    const auto found = parameters.find(name);
    if (found == parameters.end()) continue;
    const auto* value = std::get_if<std::int64_t>(&found->second);
    if (value != nullptr && *value > 0) out.emplace_back(name);
  }
  return out;
}

Result<std::uint32_t> requested_context(const Parameters& parameters) {
  std::uint32_t out = 0;
  TRY(Reader(parameters).integer("num_ctx", 0, kIntMax, out));
  return out;
}

}  // namespace tegula::launch

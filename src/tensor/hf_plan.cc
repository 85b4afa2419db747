#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tensor/hf_model.h"
#include "tensor/hf_tensors.h"
#include "tensor/rope_factors.h"

namespace tegula::tensor {
namespace {

// Parts of larger models that are not text, and what is computed anew.
constexpr std::array<std::string_view, 8> kLeftOut = {
    "vision_tower.",          "model.vision_tower.",
    "multi_modal_projector.", "model.multi_modal_projector.",
    "model.audio_tower.",     "model.embed_vision.",
    "model.embed_audio.",     "audio_tower.",
};

// Names in the text model of a larger one, as they would be without it.
std::string plain_name(std::string_view name) {
  for (const auto& [prefix, plain] : std::array<std::pair<std::string_view, std::string_view>, 3>{
           {{"language_model.model.", "model."},
            {"language_model.lm_head.", "lm_head."},
            {"model.language_model.", "model."}}})
    if (name.starts_with(prefix))
      return std::string(plain) + std::string(name.substr(prefix.size()));
  return std::string(name);
}

bool is_left_out(const HfConfig& config, std::string_view name) {
  if (name.ends_with(".rotary_emb.inv_freq")) return true;
  if (config.tied && name == "lm_head.weight") return true;
  if (!config.nested) return false;
  for (const std::string_view prefix : kLeftOut)
    if (name.starts_with(prefix)) return true;
  return false;
}

// A single number may be a vector of one, or no vector at all.
Result<void> check_fits(const HfTensor& want, SafetensorsType type,
                        const std::vector<std::uint64_t>& shape) {
  const bool scalar = shape.empty() && want.shape == std::vector<std::uint64_t>{1};
  if (shape != want.shape && !scalar) {
    return fail(Code::Corrupt, fmt::format("its shape is [{}], config.json says [{}]",
                                           fmt::join(shape, ", "), fmt::join(want.shape, ", ")));
  }
  const std::optional<DType> known = dtype_of(type);
  if (known == DType::F32 || known == DType::F16 || known == DType::BF16) return {};
  return fail(Code::Unsupported, fmt::format("{} is not converted", safetensors_type_name(type)),
              "F32, F16 and BF16 are");
}

std::unexpected<Error> missing(const HfTensor& want) {
  return fail(Code::Corrupt, fmt::format("the tensor \"{}\" is missing", want.hf));
}

class Planner {
 public:
  Planner(const HfConfig& config, const SafetensorsSet& tensors)
      : config_(config), tensors_(tensors) {}

  Result<std::vector<GgufPlan>> run() {
    TRY(collect());
    add_rope_factors();
    for (const HfTensor& tensor : hf_tensors(config_)) TRY(add(tensor));
    TRY(check_used());
    return std::move(plan_);
  }

 private:
  Result<void> collect() {
    for (const ShardTensor& each : tensors_.tensors()) {
      const std::string& name = each.tensor.name;
      if (is_left_out(config_, name)) continue;
      const auto [at, is_new] = by_name_.emplace(config_.nested ? plain_name(name) : name, &each);
      if (is_new) continue;
      return fail(Code::Corrupt, fmt::format("the tensors \"{}\" and \"{}\" are the same one",
                                             at->second->tensor.name, name));
    }
    return {};
  }

  Result<void> add(const HfTensor& want) {
    const auto found = by_name_.find(want.hf);
    if (found == by_name_.end()) {
      if (!want.required) return {};
      return missing(want);
    }
    const SafetensorsTensor& tensor = found->second->tensor;
    TRY(check_fits(want, tensor.type, tensor.shape), fmt::format("tensor \"{}\"", tensor.name));
    GgufPlan plan;
    plan.name = want.gguf;
    plan.shape.assign(want.shape.rbegin(), want.shape.rend());
    plan.from = found->second;
    plan.rotary_heads = want.rotary_heads;
    plan.added = want.added;
    plan_.push_back(std::move(plan));
    used_.emplace(want.hf);
    return {};
  }

  Result<void> check_used() const {
    for (const auto& [name, tensor] : by_name_) {
      if (used_.contains(name)) continue;
      return fail(Code::Unsupported,
                  fmt::format("the tensor \"{}\" has no place in a GGUF file of \"{}\"",
                              tensor->tensor.name, config_.architecture));
    }
    return {};
  }

  void add_rope_factors() {
    GgufPlan plan;
    plan.name = "rope_freqs.weight";
    if (config_.rope.kind == RopeScaling::Kind::Llama3) {
      plan.values = llama3_rope_factors(config_.rope, config_.rope_theta, config_.head_size);
    } else if (config_.family == HfFamily::Gemma4) {
      // Full layers rotate only the first pairs of a head: the rest turns so slowly that it stands.
      const auto pairs = static_cast<double>(config_.head_size_full);
      const auto rotated = static_cast<std::size_t>(pairs * config_.rotated_part / 2);
      plan.values.assign(config_.head_size_full / 2, 1e30F);
      std::fill_n(plan.values.begin(), std::min(rotated, plan.values.size()), 1.0F);
    } else {
      return;
    }
    plan.shape = {plan.values.size()};
    plan_.push_back(std::move(plan));
  }

  const HfConfig& config_;
  const SafetensorsSet& tensors_;
  std::map<std::string, const ShardTensor*, std::less<>> by_name_;
  std::set<std::string, std::less<>> used_;
  std::vector<GgufPlan> plan_;
};

}  // namespace

Result<void> check_tensors(const HfConfig& config, std::span<const HfSourceTensor> tensors) {
  std::map<std::string_view, const HfSourceTensor*> left;
  for (const HfSourceTensor& each : tensors)
    if (!is_left_out(config, each.name)) left.emplace(each.name, &each);
  for (const HfTensor& want : hf_tensors(config)) {
    const auto found = left.find(want.hf);
    if (found == left.end() && !want.required) continue;
    if (found == left.end()) return missing(want);
    TRY(check_fits(want, found->second->type, found->second->shape),
        fmt::format("tensor \"{}\"", want.hf));
    left.erase(found);
  }
  if (left.empty()) return {};
  return fail(Code::Unsupported, fmt::format("the tensor \"{}\" has no place in a model of \"{}\"",
                                             left.begin()->first, config.architecture));
}

std::vector<HfMatrix> hf_matrices(const HfConfig& config) {
  std::vector<HfMatrix> out;
  for (HfTensor& tensor : hf_tensors(config)) {
    if (tensor.shape.size() != 2 || tensor.shape[0] == 0 || tensor.shape[1] == 0) continue;
    HfMatrix matrix;
    matrix.hf = std::move(tensor.hf);
    matrix.gguf = std::move(tensor.gguf);
    matrix.rows = tensor.shape[0];
    matrix.columns = tensor.shape[1];
    matrix.rotary_heads = tensor.rotary_heads;
    out.push_back(std::move(matrix));
  }
  return out;
}

Result<std::vector<GgufPlan>> plan_gguf(const HfConfig& config, const SafetensorsSet& tensors) {
  return Planner(config, tensors).run();
}

}  // namespace tegula::tensor

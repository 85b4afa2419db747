// A verified model for people and for --json.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"
#include "launch/verified_model.h"

namespace tegula::cli {

// The parts that can be asked for alone.
inline constexpr std::array<std::string_view, 8> kModelParts = {
    "modelfile", "template", "system", "parameters", "license", "manifest", "lock", "provenance"};

struct ShownTensor {
  std::string name;
  std::string type;
  std::vector<std::uint64_t> shape;  // as the format has it
  std::string file;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  // in the file
};

struct ShownModel {
  content::Reference reference;
  content::Digest digest;
  content::Manifest manifest;
  content::RuntimeSettings settings;
  std::string target;  // "gguf", "safetensors", "mlx"
  tensor::ModelInfo info;
  std::string chat_template;  // of the pack; empty: the model's own
  std::vector<ShownTensor> tensors;
  std::vector<content::Referrer> referrers;
};

// What runs.
Result<ShownModel> shown_model(const launch::VerifiedModel& model, Session& session);

// Any Modelpack of the store, verified.
Result<ShownModel> shown_model(const content::Reference& name, Session& session);

std::string model_page(const ShownModel& model, bool tensors);
codec::OrderedJson model_json(const ShownModel& model, bool tensors);

// One of kModelParts, ending with a newline; empty if the model has no such part, InvalidArgument
// for another word.
Result<std::string> model_part(std::string_view part, const ShownModel& model, Session& session);

}  // namespace tegula::cli

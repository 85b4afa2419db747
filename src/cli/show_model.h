// A verified model for people and for --json.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cli/session.h"
#include "launch/verified_model.h"

namespace tegula::cli {

// The parts that can be asked for alone.
inline constexpr std::array<std::string_view, 8> kModelParts = {
    "modelfile", "template", "system", "parameters", "license", "manifest", "lock", "provenance"};

// A model with what is said about it.
struct ShownModel {
  const launch::VerifiedModel& model;
  std::vector<content::Referrer> referrers;
};

std::string model_page(const ShownModel& shown, bool tensors);
codec::OrderedJson model_json(const ShownModel& shown, bool tensors);

// One of kModelParts, ending with a newline; empty if the model has no such part, InvalidArgument
// for another word.
Result<std::string> model_part(std::string_view part, const launch::VerifiedModel& model,
                               Session& session);

}  // namespace tegula::cli

// A verified model for people and for --json.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cli/session.h"
#include "launch/verified_model.h"

namespace tegula::cli {

// The parts that can be asked for alone.
inline constexpr std::array<std::string_view, 6> kModelParts = {
    "modelfile", "template", "system", "parameters", "license", "manifest"};

std::string model_page(const launch::VerifiedModel& model, bool tensors);
codec::OrderedJson model_json(const launch::VerifiedModel& model, bool tensors);

// One of kModelParts, ending with a newline; InvalidArgument for another word.
Result<std::string> model_part(std::string_view part, const launch::VerifiedModel& model,
                               Session& session);

}  // namespace tegula::cli

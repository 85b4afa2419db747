// REQUIRES: which Ollama a model was written for.
#pragma once

#include <compare>
#include <string_view>

#include "base/result.h"

namespace tegula::build {

// Semantic versions by precedence (semver.org 2.0, §11), without build metadata. Both must be
// well-formed; missing minor and patch count as 0.
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

// Unsupported if `version` is newer than kOllamaLevel.
Result<void> check_required(std::string_view version);

}  // namespace tegula::build

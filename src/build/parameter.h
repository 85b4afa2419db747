// Modelfile parameters from text to values.
//
// Thread rule: free functions over values.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "content/runtime_settings.h"

namespace tegula::build {

// InvalidArgument for an unknown name (with did-you-mean) or a value of the wrong type or range.
Result<content::Parameter> parse_parameter(std::string_view name, std::string_view value);

// The same into `parameters`; a `stop` is added to those that are there.
Result<void> set_parameter(std::string_view name, std::string_view value,
                           std::map<std::string, content::Parameter>& parameters);

}  // namespace tegula::build

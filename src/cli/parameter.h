// Modelfile parameters as people type and read them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "content/runtime_settings.h"

namespace tegula::cli {

// "name=value" as in --set; a `stop` is added to those that are there.
Result<void> set_parameter(std::string_view assignment,
                           std::map<std::string, content::Parameter>& parameters);

std::string parameter_text(const content::Parameter& value);

// "temperature  0.2", a line each.
std::string parameter_lines(const std::map<std::string, content::Parameter>& parameters);

}  // namespace tegula::cli

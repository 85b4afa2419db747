#include "build/parameter.h"

#include "modelfile/schema.h"

namespace tegula::build {

Result<content::Parameter> parse_parameter(std::string_view name, std::string_view value) {
  const modelfile::ParameterValue parsed = TRY(modelfile::check_parameter(name, value));
  if (const auto* whole = std::get_if<std::int64_t>(&parsed)) return *whole;
  if (const auto* real = std::get_if<double>(&parsed)) return *real;
  if (const auto* flag = std::get_if<bool>(&parsed)) return *flag;
  return std::vector<std::string>{std::get<std::string>(parsed)};
}

Result<void> set_parameter(std::string_view name, std::string_view value,
                           std::map<std::string, content::Parameter>& parameters) {
  content::Parameter parsed = TRY(parse_parameter(name, value));
  content::Parameter& slot = parameters[std::string(name)];
  auto* added = std::get_if<std::vector<std::string>>(&parsed);
  auto* present = std::get_if<std::vector<std::string>>(&slot);
  if (added != nullptr && present != nullptr) {
    present->insert(present->end(), added->begin(), added->end());
  } else {
    slot = std::move(parsed);
  }
  return {};
}

}  // namespace tegula::build

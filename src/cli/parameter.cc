#include "cli/parameter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "build/parameter.h"
#include "cli/console.h"

namespace tegula::cli {

Result<void> set_parameter(std::string_view assignment,
                           std::map<std::string, content::Parameter>& parameters) {
  const std::size_t mark = assignment.find('=');
  if (mark == std::string_view::npos || mark == 0) {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not NAME=VALUE", assignment),
                "such as --set temperature=0.2");
  }
  return build::set_parameter(assignment.substr(0, mark), assignment.substr(mark + 1), parameters);
}

std::string parameter_text(const content::Parameter& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return fmt::format("{}", fmt::join(*list, ", "));
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  return fmt::format("{}", std::get<double>(value));
}

std::string parameter_lines(const std::map<std::string, content::Parameter>& parameters) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : parameters) rows.push_back({name, parameter_text(value)});
  return columns(rows);
}

}  // namespace tegula::cli

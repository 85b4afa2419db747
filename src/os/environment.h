// Environment variables as a value that main hands down, so that nothing reads them behind the
// caller's back and tests own them.
//
// Thread rule: a value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tegula::os {

class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  explicit Environment(Variables variables) : variables_(std::move(variables)) {}

  // This process's, as it is now.
  static Environment of_process();

  // Nothing if the variable is not set; a variable may be set to nothing.
  std::optional<std::string> get(std::string_view name) const;

  const Variables& variables() const { return variables_; }

 private:
  Variables variables_;
};

}  // namespace tegula::os

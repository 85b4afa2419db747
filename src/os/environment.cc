#include "os/environment.h"

#include <unistd.h>

namespace tegula::os {

Environment Environment::of_process() {
  Variables out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t mark = text.find('=');
    if (mark != std::string_view::npos) out.emplace(text.substr(0, mark), text.substr(mark + 1));
  }
  return Environment(std::move(out));
}

std::optional<std::string> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tegula::os

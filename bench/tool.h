// What the programs of this folder have in common: words in, an exit status or an error out.
//
// Thread rule: a free function.
#pragma once

#include <span>

#include <fmt/format.h>

#include "base/result.h"

namespace tegula::bench {

// argv[0] is left out of what `run` gets.
inline int run_tool(const char* name, int argc, char** argv,
                    Result<void> (*run)(std::span<char*>)) {
  const Result<void> result = run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (result) return 0;
  fmt::print(stderr, "{}: error: {}\n", name, result.error().text);
  return exit_status(result.error().code);
}

}  // namespace tegula::bench

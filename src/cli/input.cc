#include "cli/input.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

namespace tegula::cli {

Result<std::string> read_stdin(std::uint64_t bytes_max) {
  std::string out;
  std::array<char, 65536> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    out.append(buffer.data(), count);
    if (out.size() > bytes_max)
      return fail(Code::Exhausted, fmt::format("more than {} bytes", bytes_max));
  }
  if (std::ferror(stdin) != 0) return fail(Code::Unavailable, std::strerror(errno));
  return out;
}

}  // namespace tegula::cli

// /proc/meminfo, and the limit of the control group (version 2) this process is in.
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "os/memory.h"

namespace tegula::os {

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The number after `name` at the start of a line, or 0.
std::uint64_t number_after(std::string_view text, std::string_view name) {
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  at = text.find_first_not_of(" \t", at + name.size());
  std::uint64_t value = 0;
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

// What the group may still take: its limit minus what it uses beyond caches that can be dropped.
std::uint64_t group_room(const std::string& folder) {
  const std::string limit = slurp(folder + "/memory.max");
  if (limit.empty() || limit.starts_with("max")) return UINT64_MAX;
  const std::uint64_t used = number_after(slurp(folder + "/memory.current"), "");
  const std::uint64_t cached = number_after(slurp(folder + "/memory.stat"), "inactive_file ");
  const std::uint64_t most = number_after(limit, "");
  const std::uint64_t held = used > cached ? used - cached : 0;
  return most > held ? most - held : 0;
}

}  // namespace

Result<MemoryState> memory_state() {
  const std::string info = slurp("/proc/meminfo");
  MemoryState state{.total_bytes = number_after(info, "MemTotal:") * limits::kKiB,
                    .available_bytes = number_after(info, "MemAvailable:") * limits::kKiB};
  if (state.total_bytes == 0) return fail(Code::Unavailable, "cannot read /proc/meminfo");

  const std::string groups = slurp("/proc/self/cgroup");
  std::size_t at = groups.find("0::");
  if (at != std::string::npos) {
    std::string path = groups.substr(at + 3, groups.find('\n', at) - at - 3);
    // A limit of any group above holds too.
    while (!path.empty() && path != "/") {
      state.available_bytes = std::min(state.available_bytes, group_room("/sys/fs/cgroup" + path));
      path.erase(path.rfind('/'));
    }
  }
  return state;
}

}  // namespace tegula::os

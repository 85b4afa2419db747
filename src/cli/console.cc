#include "cli/console.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tegula::cli {

void Console::print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), options_.out);
}

void Console::json(const codec::OrderedJson& value) {
  print(value.dump(-1, ' ', false, codec::OrderedJson::error_handler_t::replace));
  print("\n");
}

void Console::say(std::string_view line) {
  std::fflush(options_.out);
  std::fwrite(line.data(), 1, line.size(), options_.err);
  std::fputc('\n', options_.err);
}

void Console::error(const Error& error) {
  const bool colour = options_.err_colour;
  say(fmt::format("tegula: {}error:{} {}", colour ? "\x1b[31m" : "", colour ? "\x1b[0m" : "",
                  error.text));
  if (!error.hint.empty()) say(fmt::format("tegula: hint: {}", error.hint));
}

void Console::warn(std::string_view line) { say(fmt::format("tegula: warning: {}", line)); }

Result<void> Console::flush() {
  if (std::fflush(options_.out) != 0 || std::ferror(options_.out) != 0) {
    return fail(Code::Unavailable,
                fmt::format("cannot write the answer: {}", std::strerror(errno)));
  }
  return {};
}

std::string Console::paint(std::string_view code, std::string_view text) const {
  if (!options_.out_colour) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i + 1 == row.size()) {
        out += row[i];
      } else {
        out += fmt::format("{:<{}}  ", row[i], widths[i]);
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace tegula::cli

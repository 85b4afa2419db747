#include "cli/console.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/printable.h"
#include "base/utf8.h"
#include "modelfile/characters.h"

namespace tegula::cli {
namespace {

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint point = utf8_next(text);
    columns += static_cast<std::size_t>(modelfile::display_columns(point.value));
    text.remove_prefix(point.bytes);
  }
  return columns;
}

}  // namespace

void Console::print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), options_.out);
}

void Console::json(const codec::OrderedJson& value) {
  print(value.dump(-1, ' ', false, codec::OrderedJson::error_handler_t::replace));
  print("\n");
}

void Console::say(std::string_view line) { talk(printable_lines(line)); }

void Console::talk(std::string_view line) {
  std::fflush(options_.out);
  // At once: what is being typed must not get in between.
  const std::string whole = std::string(line) + '\n';
  std::fwrite(whole.data(), 1, whole.size(), options_.err);
}

void Console::error(const Error& error) {
  const bool colour = options_.err_colour;
  talk(fmt::format("tegula: {}error:{} {}", colour ? "\x1b[31m" : "", colour ? "\x1b[0m" : "",
                   printable_lines(error.text)));
  if (!error.hint.empty()) say(fmt::format("tegula: hint: {}", error.hint));
}

void Console::warn(std::string_view line) { say(fmt::format("tegula: warning: {}", line)); }

void Console::warn(const Error& problem) {
  warn(problem.text);
  if (!problem.hint.empty()) say(fmt::format("tegula: hint: {}", problem.hint));
}

Result<void> Console::flush() {
  if (std::fflush(options_.out) != 0 || std::ferror(options_.out) != 0) {
    return fail(Code::Unavailable,
                fmt::format("cannot write the answer: {}", std::strerror(errno)));
  }
  return {};
}

std::string Console::shown(std::string_view text) const {
  return options_.out_terminal ? printable_lines(text) : std::string(text);
}

std::string Console::paint(std::string_view code, std::string_view text) const {
  if (!options_.out_colour) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> widths;
  for (auto& row : cells) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i], std::string::npos);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string out;
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

codec::OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? codec::OrderedJson() : codec::OrderedJson(text);
}

}  // namespace tegula::cli

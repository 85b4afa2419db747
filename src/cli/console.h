// stdout is the answer, stderr is the talk. Colour only on a terminal, and NO_COLOR is kept.
//
// Names of files and what model files say of themselves are outside text: the talk and columns()
// show it printable, so that it can't drive the terminal.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "codec/json.h"

namespace tegula::cli {

struct ConsoleOptions {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool in_terminal = false;  // stdin is a terminal: there is somebody to ask
  bool out_terminal = false;
  bool err_terminal = false;
  bool out_redraws = false;  // a terminal whose lines can be drawn over
  bool out_colour = false;
  bool err_colour = false;
};

class Console {
 public:
  explicit Console(const ConsoleOptions& options) : options_(options) {}

  void print(std::string_view text);  // the answer, as it is
  void json(const codec::OrderedJson& value);
  void say(std::string_view line);  // the talk: one line on stderr
  void error(const Error& error);   // "tegula: error: …", "tegula: hint: …"
  void warn(std::string_view line);
  void warn(const Error& problem);  // with its hint

  // Everything written so far is out; Unavailable if stdout is gone (a closed pipe, a full disk).
  Result<void> flush();

  // Whatever the terminals say.
  void set_colour(bool on) { options_.out_colour = options_.err_colour = on; }

  bool in_terminal() const { return options_.in_terminal; }
  bool out_terminal() const { return options_.out_terminal; }
  bool err_terminal() const { return options_.err_terminal; }
  bool out_redraws() const { return options_.out_redraws; }
  bool out_colour() const { return options_.out_colour; }

  // Text of a model or a file for stdout: as it is, but on a terminal so that it can't drive that.
  std::string shown(std::string_view text) const;

  // For a person reading stdout; without colour the text comes back as it is.
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string red(std::string_view text) const { return paint("31", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const;
  void talk(std::string_view line);  // as it is

  ConsoleOptions options_;
};

// Columns for people: header in capitals, two blanks between columns, the last one ragged. Cells
// are plain text: what is unprintable in them is shown by its name.
std::string columns(const std::vector<std::vector<std::string>>& rows);

// A field is always there; without a text it is null.
codec::OrderedJson text_or_null(const std::string& text);

}  // namespace tegula::cli

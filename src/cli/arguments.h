// What the user typed after a command's words, read against its flags and positionals.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace tegula::cli {

class Arguments {
 public:
  // Reads `words` (without program and command words). InvalidArgument names the word, with a
  // did-you-mean for flags.
  static Result<Arguments> parse(const Command& command, std::span<const std::string> words);

  bool has(std::string_view flag) const { return flags_.contains(flag); }
  bool help() const { return help_; }

  // The last value given for the flag.
  std::optional<std::string> value(std::string_view flag) const;
  std::vector<std::string> values(std::string_view flag) const;

  // InvalidArgument unless the value is a number in the range.
  Result<std::optional<std::int64_t>> integer(std::string_view flag, std::int64_t min,
                                              std::int64_t max) const;
  Result<std::optional<double>> number(std::string_view flag, double min, double max) const;

  // Positionals in order; empty if an optional one was left out.
  std::string positional(std::size_t index) const;
  std::span<const std::string> positionals() const { return positionals_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> flags_;
  std::vector<std::string> positionals_;
  bool help_ = false;
};

}  // namespace tegula::cli

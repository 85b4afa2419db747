#include "cli/arguments.h"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/suggest.h"

namespace tegula::cli {
namespace {

// A CLI11 parser for one command, and where it puts what it read.
class Parser {
 public:
  explicit Parser(const Command& command) : command_(command) {
    app_.set_help_flag("-h,--help", "");
    app_.allow_windows_style_options(false);
    for (const Flag& flag : command.flags) add(flag);
    app_.add_option("positionals", positionals_)->expected(0, -1);
  }

  Result<void> parse(std::span<const std::string> words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      help_ = true;
    } catch (const CLI::ParseError& error) {
      return explain(error);
    }
    return {};
  }

  bool help() const { return help_; }
  std::vector<std::string> take_positionals() { return std::move(positionals_); }

  std::map<std::string, std::vector<std::string>, std::less<>> take_flags() {
    std::map<std::string, std::vector<std::string>, std::less<>> out;
    for (const Flag& flag : command_.flags) {
      const CLI::Option* option = app_.get_option(fmt::format("--{}", flag.name));
      if (option->count() == 0) continue;
      std::vector<std::string> values = option->results();
      if (flag.bare) std::ranges::replace(values, "true", "");  // how CLI11 says "left out"
      out.emplace(flag.name, std::move(values));
    }
    return out;
  }

 private:
  void add(const Flag& flag) {
    const std::string names = flag.letter != 0 ? fmt::format("-{},--{}", flag.letter, flag.name)
                                               : fmt::format("--{}", flag.name);
    if (flag.value.empty()) {
      app_.add_flag(names);
    } else if (flag.bare) {
      app_.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      app_.add_option(names)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }

  Result<void> explain(const CLI::ParseError& error) const {
    const std::string hint = fmt::format("see `tegula {} --help`", command_.words);
    if (const auto* extras = dynamic_cast<const CLI::ExtrasError*>(&error)) {
      (void)extras;
      const std::string word = app_.remaining().empty() ? "" : app_.remaining().front();
      std::vector<std::string_view> names;
      for (const Flag& flag : command_.flags) names.push_back(flag.name);
      const std::string_view bare = std::string_view(word).substr(word.find_first_not_of('-'));
      const std::string_view near = nearest(bare, names);
      return fail(Code::InvalidArgument, fmt::format("unknown option \"{}\"", word),
                  near.empty() ? hint : fmt::format("did you mean --{}?", near));
    }
    return fail(Code::InvalidArgument, error.what(), hint);
  }

  const Command& command_;
  CLI::App app_;
  std::vector<std::string> positionals_;
  bool help_ = false;
};

Result<void> check_positionals(const Command& command, std::size_t given) {
  std::size_t least = 0;
  bool endless = false;
  for (const Positional& positional : command.positionals) {
    if (!positional.optional) ++least;
    endless = endless || positional.repeats;
  }
  const std::string hint = fmt::format("see `tegula {} --help`", command.words);
  if (given < least) {
    return fail(Code::InvalidArgument,
                fmt::format("{} is missing", command.positionals[given].name), hint);
  }
  if (!endless && given > command.positionals.size()) {
    return fail(
        Code::InvalidArgument,
        fmt::format("\"tegula {}\" takes {} argument{}, {} given", command.words,
                    command.positionals.size(), command.positionals.size() == 1 ? "" : "s", given),
        hint);
  }
  return {};
}

template <class T>
Result<std::optional<T>> in_range(std::string_view flag, const std::optional<std::string>& text,
                                  T min, T max) {
  if (!text) return std::optional<T>();
  T out{};
  const char* end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, out);
  if (error != std::errc() || at != end || !(out >= min && out <= max)) {
    return fail(Code::InvalidArgument,
                fmt::format("--{}: \"{}\" is not a number from {} to {}", flag, *text, min, max));
  }
  return std::optional<T>(out);
}

}  // namespace

Result<Arguments> Arguments::parse(const Command& command, std::span<const std::string> words) {
  Parser parser(command);
  TRY(parser.parse(words));
  Arguments out;
  out.help_ = parser.help();
  if (out.help_) return out;
  out.flags_ = parser.take_flags();
  out.positionals_ = parser.take_positionals();
  TRY(check_positionals(command, out.positionals_.size()));
  return out;
}

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto found = flags_.find(flag);
  if (found == flags_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view flag) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<std::int64_t>> Arguments::integer(std::string_view flag, std::int64_t min,
                                                       std::int64_t max) const {
  return in_range<std::int64_t>(flag, value(flag), min, max);
}

Result<std::optional<double>> Arguments::number(std::string_view flag, double min,
                                                double max) const {
  return in_range<double>(flag, value(flag), min, max);
}

std::string Arguments::positional(std::size_t index) const {
  return index < positionals_.size() ? positionals_[index] : std::string();
}

}  // namespace tegula::cli

#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <getopt.h>

#include <fmt/format.h>

#include "base/suggest.h"

namespace tegula::cli {
namespace {

// What getopt_long returns: a letter, a word that is no option, or a flag by its long name.
constexpr int kPositional = 1;
constexpr int kHelp = 'h';
constexpr int kFirstFlag = 256;

// One reading by getopt_long, which keeps its place in variables of the process.
class Reader {
 public:
  Reader(const Command& command, std::span<const std::string> words)
      : command_(command), words_(words.begin(), words.end()) {
    words_.insert(words_.begin(), std::string(command.words));
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
    for (const Flag& flag : command.flags) add(flag);
    options_.push_back({"help", no_argument, nullptr, kHelp});
    options_.push_back({});
    opterr = 0;
    optind = 0;  // begin anew
  }

  // Until --help, or the end.
  Result<void> read() {
    const int count = static_cast<int>(words_.size());
    for (;;) {
      const int found =
          getopt_long(count, pointers_.data(), letters_.c_str(), options_.data(), nullptr);
      if (found == -1) break;
      if (found == kHelp) {
        help_ = true;
        return {};
      }
      TRY(take(found));
    }
    positionals_.insert(positionals_.end(), words_.begin() + optind, words_.end());
    return {};
  }

  bool help() const { return help_; }
  std::vector<std::string> take_positionals() { return std::move(positionals_); }
  std::map<std::string, std::vector<std::string>, std::less<>> take_flags() {
    return std::move(flags_);
  }

 private:
  void add(const Flag& flag) {
    const int takes = flag.value.empty() ? no_argument
                      : flag.bare        ? optional_argument
                                         : required_argument;
    const std::string& name = names_.emplace_back(flag.name);
    options_.push_back(
        {name.c_str(), takes, nullptr, kFirstFlag + static_cast<int>(names_.size()) - 1});
    if (flag.letter == 0) return;
    letters_ += flag.letter;
    letters_.append(static_cast<std::size_t>(takes), ':');
  }

  Result<void> take(int found) {
    if (found == kPositional) {
      positionals_.emplace_back(optarg);
      return {};
    }
    if (found == ':') return needs_value();
    if (found == '?') return explain();
    const Flag& flag = flag_of(found);
    if (found >= kFirstFlag && long_word() != fmt::format("--{}", flag.name))
      return unknown(long_word());  // getopt_long takes abbreviations
    flags_[std::string(flag.name)].emplace_back(optarg != nullptr ? optarg : "");
    return {};
  }

  const Flag& flag_of(int found) const {
    if (found >= kFirstFlag) return command_.flags[static_cast<std::size_t>(found - kFirstFlag)];
    return *std::ranges::find(command_.flags, static_cast<char>(found), &Flag::letter);
  }

  // The long option just read, without its value.
  std::string long_word() const {
    const std::size_t next = static_cast<std::size_t>(optind);
    const bool apart = optarg != nullptr && optarg == pointers_[next - 1];
    const std::string& word = words_[apart ? next - 2 : next - 1];
    return word.substr(0, word.find('='));
  }

  // The word of short options with this letter.
  std::string short_word(char letter) const {
    const auto holds = [&](const std::string& word) {
      return word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
    };
    const auto found = std::find_if(words_.begin() + 1, words_.end(), holds);
    return found == words_.end() ? std::string("-") : *found;
  }

  std::unexpected<Error> needs_value() const {
    const Flag& flag = flag_of(optopt);
    return fail(Code::InvalidArgument, fmt::format("--{} needs a value: {}", flag.name, flag.value),
                hint());
  }

  std::unexpected<Error> explain() const {
    if (optopt >= kFirstFlag) {
      return fail(Code::InvalidArgument, fmt::format("--{} takes no value", flag_of(optopt).name),
                  hint());
    }
    return unknown(optopt == 0 ? long_word() : short_word(static_cast<char>(optopt)));
  }

  std::unexpected<Error> unknown(const std::string& word) const {
    std::vector<std::string_view> known;
    for (const Flag& flag : command_.flags) known.push_back(flag.name);
    std::string_view bare = word;
    while (bare.starts_with('-')) bare.remove_prefix(1);
    const std::string_view near = nearest(bare, known);
    return fail(Code::InvalidArgument, fmt::format("unknown option \"{}\"", word),
                near.empty() ? hint() : fmt::format("did you mean --{}?", near));
  }

  std::string hint() const { return fmt::format("see `tegula {} --help`", command_.words); }

  const Command& command_;
  std::vector<std::string> words_;  // the command's own first
  std::vector<char*> pointers_;
  std::deque<std::string> names_;
  std::vector<option> options_;
  std::string letters_ = "-:h";  // words in their order; a missing value is ':'
  std::map<std::string, std::vector<std::string>, std::less<>> flags_;
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
  Reader reader(command, words);
  TRY(reader.read());
  Arguments out;
  out.help_ = reader.help();
  if (out.help_) return out;
  out.flags_ = reader.take_flags();
  out.positionals_ = reader.take_positionals();
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

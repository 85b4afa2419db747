#include "cli/completion.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::cli {
namespace {

// Bash splits words at ':', '=' and '@' too, as its COMP_WORDBREAKS says, and replaces only what
// stands behind the last of them: names of models hold such.
constexpr std::string_view kBash = R"(# bash completion for tegula: source <(tegula completion bash)
_tegula() {
  local line=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^:=@]/} done= reply
  local -a words
  IFS=$' \t\n' read -ra words <<< "$line"
  [[ $line == *[[:blank:]] ]] && words+=("")
  reply=$(tegula __complete "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  if [ -n "$reply" ]; then
    local last=${words[${#words[@]}-1]}
    [ -n "$breaks" ] && done=${last%"${last##*["$breaks"]}"}
    mapfile -t COMPREPLY <<< "$reply"
    COMPREPLY=("${COMPREPLY[@]#"$done"}")
  else
    compopt -o default
  fi
}
complete -F _tegula tegula
)";

// The first call is to the file itself, which zsh loads as the function.
constexpr std::string_view kZsh = R"(#compdef tegula
# zsh completion for tegula: tegula completion zsh > "${fpath[1]}/_tegula"
_tegula() {
  local -a reply
  reply=("${(@f)$(tegula __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${reply[1]}" ]]; then
    compadd -a reply
  else
    _files
  fi
}
if [[ "${funcstack[1]}" == "_tegula" ]]; then
  _tegula "$@"
else
  compdef _tegula tegula
fi
)";

constexpr std::string_view kFish = R"(# fish completion for tegula: tegula completion fish | source
function __tegula_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l reply (tegula __complete $words[2..-1] 2>/dev/null)
  if test -n "$reply"
    printf '%s\n' $reply
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c tegula -f -a '(__tegula_complete)'
)";

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    out.emplace_back(words.substr(0, blank));
    if (blank == std::string_view::npos) break;
    words.remove_prefix(blank + 1);
  }
  return out;
}

// Keeps what starts with `typed`, sorted, once.
std::vector<std::string> starting(std::vector<std::string> words, std::string_view typed) {
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(typed); });
  std::ranges::sort(words);
  const auto twice = std::ranges::unique(words);
  words.erase(twice.begin(), twice.end());
  return words;
}

const Command* command_of(std::span<const Command> commands, std::span<const std::string> words) {
  const Command* best = nullptr;
  std::size_t best_words = 0;
  for (const Command& command : commands) {
    const std::vector<std::string> own = split(command.words);
    if (own.size() > best_words && own.size() < words.size() &&
        std::equal(own.begin(), own.end(), words.begin())) {
      best = &command;
      best_words = own.size();
    }
  }
  return best;
}

// The command words that may come next.
std::vector<std::string> next_words(std::span<const Command> commands,
                                    std::span<const std::string> words) {
  std::vector<std::string> out;
  for (const Command& command : commands) {
    const std::vector<std::string> own = split(command.words);
    if (own.size() >= words.size() && std::equal(words.begin(), words.end() - 1, own.begin()))
      out.push_back(own[words.size() - 1]);
  }
  return out;
}

const Flag* flag_of(const Command& command, std::string_view word) {
  for (const Flag& flag : command.flags) {
    if (word == fmt::format("--{}", flag.name)) return &flag;
    if (flag.letter != 0 && word == fmt::format("-{}", flag.letter)) return &flag;
  }
  return nullptr;
}

std::size_t positionals_before(const Command& command, std::span<const std::string> words) {
  std::size_t count = 0;
  for (std::size_t i = split(command.words).size(); i + 1 < words.size(); ++i) {
    if (!words[i].starts_with("-")) {
      ++count;
    } else if (const Flag* flag = flag_of(command, words[i]); flag && takes_word(*flag)) {
      ++i;
    }
  }
  return count;
}

std::string_view positional_kind(const Command& command, std::size_t index) {
  if (command.positionals.empty()) return {};
  if (index < command.positionals.size()) return command.positionals[index].completes;
  const Positional& last = command.positionals.back();
  return last.repeats ? last.completes : std::string_view();
}

std::vector<std::string> flags_of(const Command& command) {
  std::vector<std::string> out = {"--help"};
  for (const Flag& flag : command.flags) out.push_back(fmt::format("--{}", flag.name));
  return out;
}

using Models = std::function<std::vector<std::string>()>;

// Nothing for files: the shell knows them better.
std::vector<std::string> values_of(std::string_view kind, std::string_view typed,
                                   const Models& models) {
  if (kind == "model") return starting(models(), typed);
  if (kind == "file" || kind == "folder") return {};
  return starting(split(kind), typed);
}

// "--from=st": the shell takes the whole word.
std::vector<std::string> flag_with_value(const Command& command, std::string_view typed,
                                         const Models& models) {
  const std::size_t equals = typed.find('=');
  const Flag* flag = flag_of(command, typed.substr(0, equals));
  if (flag == nullptr) return {};
  const std::string before(typed.substr(0, equals + 1));
  std::vector<std::string> out = values_of(flag->completes, typed.substr(equals + 1), models);
  for (std::string& value : out) value.insert(0, before);
  return out;
}

}  // namespace

std::vector<std::string> complete(std::span<const Command> commands,
                                  std::span<const std::string> words, const Models& models) {
  if (words.empty()) return {};
  const std::string& typed = words.back();
  const Command* command = command_of(commands, words);
  if (command == nullptr) return starting(next_words(commands, words), typed);
  if (typed.starts_with("-") && typed.contains('='))
    return flag_with_value(*command, typed, models);
  if (typed.starts_with("-")) return starting(flags_of(*command), typed);

  const Flag* before = flag_of(*command, words[words.size() - 2]);
  const std::string_view kind =
      before && takes_word(*before)
          ? before->completes
          : positional_kind(*command, positionals_before(*command, words));
  return values_of(kind, typed, models);
}

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return std::string(kBash);
  if (shell == "zsh") return std::string(kZsh);
  if (shell == "fish") return std::string(kFish);
  return fail(Code::InvalidArgument, fmt::format("no completion for the shell \"{}\"", shell),
              "bash, zsh and fish are known");
}

}  // namespace tegula::cli

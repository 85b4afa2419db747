#include "modelfile/schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/suggest.h"
#include "modelfile/characters.h"

namespace tegula::modelfile {
namespace {

using I = Instruction;

constexpr std::array kInstructions = {
    InstructionInfo{I::From, "FROM", "model", Repeat::Accumulates, true,
                    "the model to start from: a name, a GGUF file or a folder of safetensors; "
                    "repeated for a projector or for shards"},
    InstructionInfo{I::License, "LICENSE", "license", Repeat::Accumulates, true,
                    "the licence's text or name"},
    InstructionInfo{I::Template, "TEMPLATE", "template", Repeat::LastWins, true,
                    "how messages become a prompt: Jinja, or Ollama's Go template"},
    InstructionInfo{I::System, "SYSTEM", "system", Repeat::LastWins, true, "the system message"},
    InstructionInfo{I::Adapter, "ADAPTER", "adapter", Repeat::Accumulates, true,
                    "a LoRA adapter: a GGUF file or a folder of safetensors, and its scale"},
    InstructionInfo{I::Draft, "DRAFT", "draft", Repeat::LastWins, true,
                    "the draft model for speculative decoding"},
    InstructionInfo{I::Renderer, "RENDERER", "renderer", Repeat::LastWins, true,
                    "a prompt renderer built into Ollama"},
    InstructionInfo{I::Parser, "PARSER", "parser", Repeat::LastWins, true,
                    "an output parser built into Ollama"},
    InstructionInfo{I::Parameter, "PARAMETER", "", Repeat::LastWins, true,
                    "one setting of sampling or of the engine"},
    InstructionInfo{I::Message, "MESSAGE", "message", Repeat::Accumulates, true,
                    "one message of the conversation every chat starts with"},
    InstructionInfo{I::Requires, "REQUIRES", "requires", Repeat::LastWins, true,
                    "the oldest version of the launcher that may run the model"},
    InstructionInfo{I::Target, "TARGET", "target", Repeat::Accumulates, false,
                    "one platform to build for"},
    InstructionInfo{I::Label, "LABEL", "label", Repeat::Accumulates, false,
                    "one annotation of the Modelpack"},
};

constexpr double kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr double kUint32Max = std::numeric_limits<std::uint32_t>::max();
constexpr double kAdapterScaleMax = 100;
using T = ParameterType;

constexpr std::array kParameters = {
    ParameterInfo{"num_ctx", T::Int, 1, kInt32Max, false, "context length in tokens"},
    ParameterInfo{"num_batch", T::Int, 1, kInt32Max, false, "tokens of the prompt taken at once"},
    ParameterInfo{"num_gpu", T::Int, -1, kInt32Max, false,
                  "layers put on the accelerator; -1 chooses"},
    ParameterInfo{"main_gpu", T::Int, 0, kInt32Max, false, "accelerator that holds small tensors"},
    ParameterInfo{"num_thread", T::Int, 0, 4096, false, "threads; 0 chooses"},
    ParameterInfo{"use_mmap", T::Bool, 0, 1, false, "map the model file instead of reading it"},
    ParameterInfo{"draft_num_predict", T::Int, 0, kInt32Max, false,
                  "tokens the draft model guesses ahead"},
    ParameterInfo{"num_keep", T::Int, -1, kInt32Max, false,
                  "tokens kept when the context shifts; here it never does, and all are kept"},
    ParameterInfo{"seed", T::Int, -1, kUint32Max, false, "seed of the sampler; -1 is random"},
    ParameterInfo{"num_predict", T::Int, -2, kInt32Max, false,
                  "most tokens to generate; 0 and -1 no limit, -2 fill the context"},
    ParameterInfo{"temperature", T::Float, 0, 100, false, "0 always takes the likeliest token"},
    ParameterInfo{"top_k", T::Int, -1, kInt32Max, false,
                  "choose among so many likeliest tokens; 0 or -1 all"},
    ParameterInfo{"top_p", T::Float, 0, 1, false,
                  "choose among the likeliest tokens of so much probability"},
    ParameterInfo{"min_p", T::Float, 0, 1, false,
                  "drop tokens less likely than so much of the likeliest"},
    ParameterInfo{"typical_p", T::Float, 0, 1, false, "locally typical sampling; 1 is off"},
    ParameterInfo{"repeat_last_n", T::Int, -1, kInt32Max, false,
                  "tokens looked back on for repeats; -1 the context, 0 off"},
    ParameterInfo{"repeat_penalty", T::Float, 0.01, 100, false, "over 1 makes repeats rarer"},
    ParameterInfo{"presence_penalty", T::Float, -2, 2, false,
                  "over 0 makes tokens that were used rarer"},
    ParameterInfo{"frequency_penalty", T::Float, -2, 2, false,
                  "over 0 makes tokens rarer the more they were used"},
    ParameterInfo{"stop", T::List, 0, 0, false, "text that ends the answer; may be repeated"},
    ParameterInfo{"penalize_newline", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"low_vram", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"f16_kv", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"logits_all", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"vocab_only", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"use_mlock", T::Bool, 0, 1, true, "no effect"},
    ParameterInfo{"mirostat", T::Int, 0, 2, true, "no effect"},
    ParameterInfo{"mirostat_tau", T::Float, 0, 100, true, "no effect"},
    ParameterInfo{"mirostat_eta", T::Float, 0, 100, true, "no effect"},
};

struct TargetOptionInfo {
  std::string_view target;
  std::string_view key;
  std::string_view values;  // separated by single blanks; none: any word
};

constexpr std::array kTargetOptions = {
    TargetOptionInfo{"gguf", "quant",
                     "F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_0 Q5_1 Q4_K_M Q4_K_S Q4_0 Q4_1 "
                     "Q3_K_L Q3_K_M Q3_K_S Q2_K Q2_K_S IQ4_NL IQ4_XS IQ3_M IQ3_S IQ3_XS IQ3_XXS "
                     "IQ2_M IQ2_S IQ2_XS IQ2_XXS IQ1_M IQ1_S TQ2_0 TQ1_0 MXFP4_MOE NVFP4 Q2_0 "
                     "Q1_0"},
    TargetOptionInfo{"gguf", "imatrix", ""},
    TargetOptionInfo{"gguf", "file", ""},
    TargetOptionInfo{"mlx", "bits", "2 3 4 5 6 8"},
    TargetOptionInfo{"mlx", "group", "32 64 128"},
    TargetOptionInfo{"safetensors", "dtype", "F32 F16 BF16"},
};
constexpr std::array<std::string_view, 3> kTargets = {"gguf", "mlx", "safetensors"};

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower_ascii(x) == lower_ascii(y); });
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  const auto is_separator = [](char c) { return is_blank(c) || is_newline(c); };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && !is_separator(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

std::string did_you_mean(std::string_view word) {
  return word.empty() ? std::string() : fmt::format("did you mean {}?", word);
}

// A number that fills all of `text`, which may begin with '+' as in Go.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> bool_of(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "true", "True", "TRUE"})
    if (text == word) return true;
  for (const std::string_view word : {"0", "f", "F", "false", "False", "FALSE"})
    if (text == word) return false;
  return std::nullopt;
}

std::unexpected<Error> wrong_value(const ParameterInfo& info, std::string_view value) {
  std::string want;
  switch (info.type) {
    case ParameterType::Int:
      want = fmt::format("a whole number from {:.0f} to {:.0f}", info.min, info.max);
      break;
    case ParameterType::Float:
      want = fmt::format("a number from {} to {}", info.min, info.max);
      break;
    case ParameterType::Bool: want = "true or false"; break;
    case ParameterType::List: want = "some text"; break;
  }
  return fail(Code::InvalidArgument,
              fmt::format("parameter \"{}\": expected {}, got {}", info.name, want, quoted(value)),
              std::string(info.description));
}

template <class Number>
Result<ParameterValue> check_number(const ParameterInfo& info, std::string_view value) {
  const std::optional<Number> number = number_of<Number>(value);
  if (!number || !(static_cast<double>(*number) >= info.min) ||
      !(static_cast<double>(*number) <= info.max))
    return wrong_value(info, value);
  return *number;
}

Result<TargetOption> parse_target_option(std::string_view target, std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  std::string known;
  for (const TargetOptionInfo& info : kTargetOptions) {
    if (info.target != target) continue;
    known += fmt::format("{}{}=", known.empty() ? "" : ", ", info.key);
    if (info.key != key || equals == std::string_view::npos) continue;
    if (info.values.empty() && equals + 1 < word.size())
      return TargetOption{std::string(key), std::string(word.substr(equals + 1))};
    for (const std::string_view value : split(info.values))
      if (same_word(value, word.substr(equals + 1)))
        return TargetOption{std::string(key), std::string(value)};
    return fail(
        Code::InvalidArgument,
        fmt::format("target \"{}\": {} can't be {}", target, key, quoted(word.substr(equals + 1))),
        info.values.empty() ? std::string() : fmt::format("{} is one of {}", key, info.values));
  }
  return fail(Code::InvalidArgument,
              fmt::format("target \"{}\": unknown option {}", target, quoted(word)),
              "options are " + known);
}

bool is_label_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return is_name_char(c) || c == '.' || c == '-' || c == '/';
  });
}

// A number of a version: digits without a zero in front.
bool is_version_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_digit(c); }) &&
         (text.size() == 1 || text[0] != '0');
}

// Dot-separated identifiers of letters, digits and '-'; numbers of a pre-release have no leading 0.
bool is_version_suffix(std::string_view text, bool is_prerelease) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    const auto is_part_char = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    if (part.empty() || !std::ranges::all_of(part, is_part_char)) return false;
    const bool is_number = std::ranges::all_of(part, [](char c) { return is_digit(c); });
    if (is_prerelease && is_number && !is_version_number(part)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// golang.org/x/mod/semver: "1", "1.2" and "1.2.3[-pre][+build]".
bool is_version(std::string_view text) {
  const std::size_t suffix = text.find_first_of("-+");
  std::string_view numbers = text.substr(0, suffix);
  int count = 0;
  for (bool more = true; more; ++count) {
    const std::size_t dot = numbers.find('.');
    if (!is_version_number(numbers.substr(0, dot))) return false;
    more = dot != std::string_view::npos;
    if (more) numbers.remove_prefix(dot + 1);
  }
  if (suffix == std::string_view::npos) return count <= 3;
  if (count != 3) return false;
  std::string_view rest = text.substr(suffix);
  const std::size_t plus = rest.find('+');
  if (plus != std::string_view::npos) {
    if (!is_version_suffix(rest.substr(plus + 1), false)) return false;
    rest = rest.substr(0, plus);
  }
  return rest.empty() || is_version_suffix(rest.substr(1), true);
}

}  // namespace

std::span<const InstructionInfo> instructions() { return kInstructions; }

const InstructionInfo& info_of(Instruction instruction) {
  const InstructionInfo& info = kInstructions[static_cast<std::size_t>(instruction)];
  CHECK(info.instruction == instruction);
  return info;
}

const InstructionInfo* find_instruction(std::string_view word) {
  const auto* info = std::ranges::find_if(
      kInstructions, [&](const InstructionInfo& i) { return same_word(i.word, word); });
  return info == kInstructions.end() ? nullptr : info;
}

std::string instruction_words() {
  std::string words;
  for (const InstructionInfo& info : kInstructions)
    words += fmt::format("{}{}", words.empty() ? "" : ", ", info.word);
  return words;
}

std::string_view nearest_instruction(std::string_view word) {
  std::array<std::string_view, kInstructions.size()> words;
  std::ranges::transform(kInstructions, words.begin(), &InstructionInfo::word);
  // A long run of text is no misspelt word, and the distance is quadratic.
  return word.size() > 32 ? std::string_view() : nearest(word, words);
}

std::string_view parameter_type_name(ParameterType type) {
  switch (type) {
    case ParameterType::Int: return "int";
    case ParameterType::Float: return "float";
    case ParameterType::Bool: return "bool";
    case ParameterType::List: return "list";
  }
  return "int";
}

std::span<const ParameterInfo> parameters() { return kParameters; }

const ParameterInfo* find_parameter(std::string_view name) {
  const auto* info = std::ranges::find(kParameters, name, &ParameterInfo::name);
  return info == kParameters.end() ? nullptr : info;
}

std::string_view nearest_parameter(std::string_view name) {
  std::array<std::string_view, kParameters.size()> names;
  std::ranges::transform(kParameters, names.begin(), &ParameterInfo::name);
  return name.size() > 32 ? std::string_view() : nearest(name, names);
}

Result<ParameterValue> check_parameter(std::string_view name, std::string_view value) {
  const ParameterInfo* info = find_parameter(name);
  if (info == nullptr)
    return fail(Code::InvalidArgument, "unknown parameter " + quoted(name),
                did_you_mean(nearest_parameter(name)));
  if (info->deprecated)
    return fail(Code::Unsupported, fmt::format("parameter \"{}\" has no effect any more", name),
                "take the line out: Ollama ignores it too");
  switch (info->type) {
    case ParameterType::Int: return check_number<std::int64_t>(*info, value);
    case ParameterType::Float: return check_number<double>(*info, value);
    case ParameterType::Bool:
      if (const std::optional<bool> boolean = bool_of(value)) return *boolean;
      return wrong_value(*info, value);
    case ParameterType::List:
      if (!value.empty()) return std::string(value);
      return wrong_value(*info, value);
  }
  return wrong_value(*info, value);
}

std::string_view Target::option(std::string_view key) const {
  const auto found = std::ranges::find(options, key, &TargetOption::key);
  return found == options.end() ? std::string_view() : std::string_view(found->value);
}

Result<Target> parse_target(std::string_view args) {
  const std::vector<std::string_view> words = split(args);
  if (words.empty())
    return fail(Code::InvalidArgument, "TARGET needs a name", "targets are gguf, mlx, safetensors");
  if (std::ranges::find(kTargets, words[0]) == kTargets.end()) {
    std::string hint = did_you_mean(nearest(words[0].substr(0, 32), kTargets));
    if (hint.empty()) hint = "targets are gguf, mlx, safetensors";
    return fail(Code::InvalidArgument, "unknown target " + quoted(words[0]), std::move(hint));
  }
  Target target{std::string(words[0]), {}};
  for (std::size_t i = 1; i < words.size(); ++i) {
    TargetOption option = TRY(parse_target_option(target.name, words[i]));
    if (!target.option(option.key).empty())
      return fail(Code::InvalidArgument,
                  fmt::format("target \"{}\": {} is given twice", target.name, option.key));
    target.options.push_back(std::move(option));
  }
  return target;
}

Result<Label> parse_label(std::string_view args) {
  const std::size_t end = args.find_first_of("= \t");
  const std::string_view key = args.substr(0, end);
  if (!is_label_key(key) || end == std::string_view::npos)
    return fail(Code::InvalidArgument, "LABEL needs key=value, got " + quoted(args),
                "a key has letters, digits and _ . - /");
  static constexpr std::array<std::string_view, 3> kReserved = {"dev.tegula.", "org.cncf.",
                                                                "ml.kitops."};
  for (const std::string_view prefix : kReserved)
    if (key.starts_with(prefix))
      return fail(Code::InvalidArgument,
                  fmt::format("LABEL {}: the build sets the names under {} itself", quoted(key),
                              quoted(prefix)));
  std::string_view value = args.substr(end + 1);
  if (args[end] != '=') value = trim(value);
  const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  if (is_quoted) value = value.substr(1, value.size() - 2);
  return Label{std::string(key), std::string(value)};
}

Result<Adapter> parse_adapter(std::string_view args) {
  constexpr std::string_view kScale = " scale=";
  const std::size_t at = args.rfind(kScale);
  if (at == std::string_view::npos && !args.empty()) return Adapter{std::string(args), 1};
  Adapter adapter{std::string(trim(args.substr(0, at))), 1};
  if (adapter.path.empty()) return fail(Code::InvalidArgument, "ADAPTER has an empty value");
  const std::string_view text = args.substr(at + kScale.size());
  const std::optional<double> scale = number_of<double>(text);
  if (!scale || !(std::abs(*scale) <= kAdapterScaleMax))
    return fail(Code::InvalidArgument,
                fmt::format("ADAPTER: expected a scale from -{0} to {0}, got {1}", kAdapterScaleMax,
                            quoted(text)),
                "ADAPTER <name or path> scale=0.5");
  adapter.scale = *scale;
  return adapter;
}

Result<std::string> parse_requires(std::string_view args) {
  const std::string_view version = args.starts_with('v') ? args.substr(1) : args;
  if (is_version(version)) return std::string(version);
  return fail(Code::InvalidArgument, "REQUIRES needs a version, got " + quoted(args),
              "a version is like 0.14.0");
}

}  // namespace tegula::modelfile

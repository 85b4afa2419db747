// The instructions and parameters there are, and what their values may be. The builder, lint and
// the documentation all go by these tables.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "modelfile/command.h"

namespace tegula::modelfile {

// What a second line of the same instruction does.
enum class Repeat { Accumulates, LastWins };

struct InstructionInfo {
  Instruction instruction;
  std::string_view word;  // "FROM"
  std::string_view name;  // Command::name: "model"; PARAMETER's is not used
  Repeat repeat;
  bool in_ollama;
  std::string_view description;
};

std::span<const InstructionInfo> instructions();
const InstructionInfo& info_of(Instruction instruction);

// In any case ("from", "From"); nullptr if there is none.
const InstructionInfo* find_instruction(std::string_view word);

// "FROM, LICENSE, …" and the nearest one to a misspelt word (empty if none is near).
std::string instruction_words();
std::string_view nearest_instruction(std::string_view word);

enum class ParameterType { Int, Float, Bool, List };
std::string_view parameter_type_name(ParameterType type);

struct ParameterInfo {
  std::string_view name;
  ParameterType type;
  double min;  // of numbers
  double max;
  bool deprecated;  // Ollama takes it and does nothing; here it is refused
  std::string_view description;
};

std::span<const ParameterInfo> parameters();
const ParameterInfo* find_parameter(std::string_view name);
std::string_view nearest_parameter(std::string_view name);

// A `stop` is a string, one item of the list.
using ParameterValue = std::variant<std::int64_t, double, bool, std::string>;

// The value of a PARAMETER. InvalidArgument: unknown name (with did-you-mean), wrong type, out of
// range. Unsupported: deprecated. Locale-free; numbers are decimal, booleans as in Go
// (1 t T true True TRUE 0 f F false False FALSE).
Result<ParameterValue> check_parameter(std::string_view name, std::string_view value);

// TARGET <name> [key=value …].
struct TargetOption {
  std::string key;
  std::string value;
  friend bool operator==(const TargetOption&, const TargetOption&) = default;
};
struct Target {
  std::string name;
  std::vector<TargetOption> options;
  friend bool operator==(const Target&, const Target&) = default;

  // The option's value; empty if it isn't given.
  std::string_view option(std::string_view key) const;
};

// Refuses unknown targets, unknown and repeated options, and values an option can't have.
Result<Target> parse_target(std::string_view args);

// LABEL key=value, or LABEL key value. Quotes around the whole value are taken off. Refuses keys
// that the build sets itself: those under "dev.tegula.", "org.cncf." and "ml.kitops.".
struct Label {
  std::string key;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
};
Result<Label> parse_label(std::string_view args);

// ADAPTER <name or path> [scale=<number>]: how strongly the adapter acts, from -100 to 100. In
// dialect ollama there is no scale, and all of the value is the path.
struct Adapter {
  std::string path;
  double scale = 1;
  friend bool operator==(const Adapter&, const Adapter&) = default;
};
Result<Adapter> parse_adapter(std::string_view args);

// The version in REQUIRES without its "v": semver 2.0, minor and patch may be missing as in Go.
Result<std::string> parse_requires(std::string_view args);

}  // namespace tegula::modelfile

// Modelfile.lock: every input of a build by digest, and what came out (docs/reference/lock.md).
//
// The build id names what goes in: the SHA-256 of the canonical form without the outputs. Equal
// ids give equal outputs on every machine.
//
// Thread rule: values. Errors: InvalidArgument for what is no lock, Unsupported for a later
// version, Exhausted past a limit.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "content/digest.h"

namespace tegula::build {

inline constexpr std::string_view kLockFile = "Modelfile.lock";

// The rules by which numbers are converted and quantised; another name, perhaps other bytes.
inline constexpr std::string_view kNumerics = "tegula-numerics-1";

// Settings: what a model of another program brings along besides its files.
enum class InputRole { Recipe, From, Adapter, Draft, Imatrix, Settings };

std::string_view role_name(InputRole role);  // "recipe", "from", "adapter", …

struct LockInput {
  InputRole role = InputRole::From;
  std::string name;    // as the Modelfile has it; "Modelfile" for the recipe itself
  std::string origin;  // "file", or where it was found: "store", "hf", "ollama", …
  content::Digest digest;
  std::uint64_t size = 0;

  bool operator==(const LockInput&) const = default;
};

// The name of the input that is a file of a folder which the Modelfile names:
// "./model/config.json".
std::string input_name(std::string_view folder, std::string_view file);

struct Lock {
  std::vector<LockInput> inputs;  // in the recipe's order; the recipe first
  std::string numerics = std::string(kNumerics);
  std::uint64_t seed = 0;
  WallTime source_date{};            // whole seconds
  std::vector<std::string> targets;  // as canonical TARGET lines, in the recipe's order
  std::map<std::string, content::Digest, std::less<>> outputs = {};  // manifest by target

  static Result<Lock> parse(std::string_view json);
  std::string encode() const;  // canonical JSON and a line feed; the inverse of parse
  content::Digest build_id() const;

  // The input of that role and name, or nullptr.
  const LockInput* find(InputRole role, std::string_view name) const;

  bool operator==(const Lock&) const = default;
};

// One line for each input, target or number that differs, such as `input "./m.gguf": sha256:1… is
// now sha256:2…`; empty if the two have one build id.
std::vector<std::string> differences(const Lock& before, const Lock& after);

// What two builds of the same inputs gave that differs, for people; nothing for other inputs.
std::vector<std::string> output_differences(const Lock& before, const Lock& after);

}  // namespace tegula::build

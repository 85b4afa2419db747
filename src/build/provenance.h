// Who made a Modelpack, from what: an in-toto Statement v1 with a SLSA provenance v1 predicate
// (https://slsa.dev/provenance/v1), as canonical JSON. Unsigned: signing comes after.
//
// It says nothing of this machine, its user or the time, so that equal builds by one program have
// one provenance. Thread rule: free functions over values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "build/lock.h"

namespace tegula::build {

inline constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
inline constexpr std::string_view kProvenanceType = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view kBuildType = "https://tegula.dev/build/modelpack/v1";
inline constexpr std::string_view kBuilderId = "https://tegula.dev/builder/local/v1";

// The program that builds.
struct BuilderInfo {
  std::string version;                     // "0.1.0"
  std::optional<content::Digest> program;  // of its own file, if it can be read
};

// `lock` has the outputs, which become the subjects; `recipe` is the Modelfile in its one form.
std::string provenance_of(const Lock& lock, std::string_view recipe, const BuilderInfo& builder);

// The recipe that such a statement has. Corrupt for what is no such statement.
Result<std::string> recipe_of_provenance(std::string_view statement);

}  // namespace tegula::build

#include "build/provenance.h"

#include "attest/statement.h"
#include "base/check.h"
#include "codec/json.h"

namespace tegula::build {
namespace {

using codec::Json;

Json digest_set(const content::Digest& digest) { return {{"sha256", digest.hex()}}; }

Json subjects_of(const Lock& lock) {
  Json out = Json::array();
  for (const auto& [target, digest] : lock.outputs)
    out.push_back({{"name", target}, {"digest", digest_set(digest)}});
  return out;
}

Json dependencies_of(const Lock& lock) {
  Json out = Json::array();
  for (const LockInput& input : lock.inputs) {
    out.push_back(
        {{"name", input.name},
         {"digest", digest_set(input.digest)},
         {"annotations",
          {{"origin", input.origin}, {"role", role_name(input.role)}, {"size", input.size}}}});
  }
  return out;
}

Json builder_of(const BuilderInfo& builder) {
  Json out = {{"id", kBuilderId}, {"version", {{"tegula", builder.version}}}};
  if (builder.program) {
    out["builderDependencies"] = Json::array();
    out["builderDependencies"].push_back(
        {{"name", "tegula"}, {"digest", digest_set(*builder.program)}});
  }
  return out;
}

}  // namespace

std::string provenance_of(const Lock& lock, std::string_view recipe, const BuilderInfo& builder) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(lock.source_date);
  const Json definition = {
      {"buildType", kBuildType},
      {"externalParameters", {{"modelfile", recipe}, {"targets", lock.targets}}},
      {"internalParameters",
       {{"buildId", lock.build_id().str()},
        {"numerics", lock.numerics},
        {"seed", lock.seed},
        {"sourceDateEpoch", seconds.time_since_epoch().count()}}},
      {"resolvedDependencies", dependencies_of(lock)}};
  const Json statement = {
      {"_type", kStatementType},
      {"subject", subjects_of(lock)},
      {"predicateType", kProvenanceType},
      {"predicate",
       {{"buildDefinition", definition}, {"runDetails", {{"builder", builder_of(builder)}}}}}};
  Result<std::string> text = codec::canonical_json(statement);
  CHECK(text.has_value());  // whole numbers below 2^53 and UTF-8
  return std::move(*text);
}

Result<std::string> recipe_of_provenance(std::string_view text) {
  const attest::Statement statement = TRY(attest::parse_statement(text), "provenance");
  const auto inside = [&]() -> Result<std::string> {
    const Json* const build = TRY(codec::object_member(statement.predicate, "buildDefinition"));
    const Json* const external = TRY(codec::object_member(*build, "externalParameters"));
    return codec::string_member(*external, "modelfile");
  };
  Result<std::string> recipe = inside();
  if (recipe && statement.predicate_type == kProvenanceType) return recipe;
  return fail(Code::Corrupt, "the provenance has no Modelfile");
}

}  // namespace tegula::build

#include "build/provenance.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace tegula::build {
namespace {

content::Digest digest(char c) {
  return content::Digest::parse("sha256:" + std::string(64, c)).value();
}

TEST(Provenance, SaysWhatWentInAndWhatCameOut) {
  Lock lock;
  lock.inputs = {{InputRole::Recipe, "Modelfile", "file", digest('a'), 16},
                 {InputRole::From, "./m.gguf", "file", digest('b'), 4096}};
  lock.targets = {"gguf"};
  lock.outputs.emplace("gguf", digest('c'));
  const std::string text = provenance_of(lock, "FROM ./m.gguf\n", {"0.1.0", digest('d')});
  const codec::Json json = codec::parse_json(text).value();
  EXPECT_EQ(codec::canonical_json(json).value(), text);
  EXPECT_EQ(json["_type"], kStatementType);
  EXPECT_EQ(json["predicateType"], kProvenanceType);
  EXPECT_EQ(json["subject"].dump(),
            R"([{"digest":{"sha256":")" + std::string(64, 'c') + R"("},"name":"gguf"}])");
  const codec::Json& definition = json["predicate"]["buildDefinition"];
  EXPECT_EQ(definition["buildType"], kBuildType);
  EXPECT_EQ(definition["externalParameters"].dump(),
            R"({"modelfile":"FROM ./m.gguf\n","targets":["gguf"]})");
  EXPECT_EQ(definition["internalParameters"]["buildId"], lock.build_id().str());
  ASSERT_EQ(definition["resolvedDependencies"].size(), 2U);
  EXPECT_EQ(definition["resolvedDependencies"][1]["digest"]["sha256"], std::string(64, 'b'));
  const codec::Json& builder = json["predicate"]["runDetails"]["builder"];
  EXPECT_EQ(builder["id"], kBuilderId);
  EXPECT_EQ(builder["version"]["tegula"], "0.1.0");
  EXPECT_EQ(builder["builderDependencies"][0]["digest"]["sha256"], std::string(64, 'd'));
}

TEST(Provenance, DoesWithoutAProgramsDigest) {
  const codec::Json json = codec::parse_json(provenance_of({}, "", {"1", {}})).value();
  EXPECT_FALSE(json["predicate"]["runDetails"]["builder"].contains("builderDependencies"));
}

}  // namespace
}  // namespace tegula::build

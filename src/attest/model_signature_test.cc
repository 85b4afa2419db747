#include "attest/model_signature.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::attest {
namespace {

using codec::Json;

ModelSignature sample() {
  ModelSignature out{.model = "model", .digest = content::Digest::of({}), .resources = {}};
  for (const char* name : {"a.gguf", "b/c.json", "b/d"})
    out.resources.push_back({.name = name, .digest = content::Digest::of(bytes_of(name))});
  out.ignored_paths = {".git", "model.sig"};
  out.digest = model_digest(out.resources);
  return out;
}

Statement with(const char* pointer, const Json& value) {
  Statement out = statement_of(sample()).value();
  out.predicate[Json::json_pointer(pointer)] = value;
  return out;
}

// The subject follows, so that only the rule itself can refuse.
Statement with_names(const std::vector<std::string>& names, const char* method = "files") {
  ModelSignature model = sample();
  model.resources.clear();
  for (const std::string& name : names)
    model.resources.push_back({.name = name, .digest = content::Digest::of(bytes_of(name))});
  Statement out = statement_of(sample()).value();
  out.subjects[0].digest["sha256"] = model_digest(model.resources).hex();
  Json list = Json::array();
  for (const ModelResource& one : model.resources)
    list.push_back({{"name", one.name}, {"digest", one.digest.hex()}, {"algorithm", "sha256"}});
  out.predicate["resources"] = list;
  out.predicate["serialization"]["method"] = method;
  if (std::string_view(method) == "shards") out.predicate["serialization"]["shard_size"] = 100;
  return out;
}

TEST(ModelSignature, IsReadAsItIsWritten) {
  ModelSignature model = sample();
  EXPECT_EQ(parse_model_signature(statement_of(model).value()).value(), model);
  model.allows_links = true;
  model.method = ModelSignature::Method::Shards;
  model.shard_size = 10;
  model.resources = {{.name = "a:0:10", .digest = model.resources[0].digest}};
  model.digest = model_digest(model.resources);
  EXPECT_EQ(parse_model_signature(statement_of(model).value()).value(), model);
}

// Model Signing specification v1.0, "subject": SHA-256 over the raw digests.
TEST(ModelSignature, IsAboutAllOfItsFiles) {
  const ModelSignature model = sample();
  Bytes all;
  for (const ModelResource& one : model.resources)
    all.insert(all.end(), one.digest.hash().begin(), one.digest.hash().end());
  EXPECT_EQ(model_digest(model.resources), content::Digest::of(all));
  EXPECT_EQ(statement_of(model).value().subjects[0].digest.at("sha256"),
            content::Digest::of(all).hex());
}

TEST(ModelSignature, NamesFilesInOrder) {
  EXPECT_TRUE(parse_model_signature(with_names({"a", "a.b", "a/b", "b"})));
  EXPECT_TRUE(parse_model_signature(with_names({"a:0:5", "a:5:9"}, "shards")));
  const std::vector<std::string> bad[] = {
      {"b", "a"},
      {"a", "a"},
      {""},
      {"/a"},
      {"a/"},
      {"a//b"},
      {"."},
      {".."},
      {"a/../b"},
      {"./a"},
      {"a/."},
      {"\xFF"},
      {std::string("a\0", 2)},
  };
  for (const auto& names : bad)
    EXPECT_EQ(parse_model_signature(with_names(names)).error().code, Code::Corrupt) << names[0];
  for (const char* name : {"a", "a:0", "a:5:5", "a:5:4", "a:05:6", ":0:5", "a:x:5", "../a:0:5"})
    EXPECT_EQ(parse_model_signature(with_names({name}, "shards")).error().code, Code::Corrupt)
        << name;
}

TEST(ModelSignature, RefusesWhatIsNone) {
  const Statement bad[] = {
      with("/more", 1),
      with("/serialization", nullptr),
      with("/serialization/more", 1),
      with("/serialization/allow_symlinks", "no"),
      with("/serialization/shard_size", 5),  // of files
      with("/serialization/ignore_paths", {1}),
      with("/resources", nullptr),  // and so the subject is another's
      with("/resources/0/digest", std::string(64, '0')),
      with("/resources/0/digest", "0"),
      with("/resources/0/more", 1),
      with("/resources/0", 1),
  };
  for (const Statement& statement : bad) {
    const auto model = parse_model_signature(statement);
    ASSERT_FALSE(model) << statement.predicate.dump(1);
    EXPECT_EQ(model.error().code, Code::Corrupt) << model.error().text;
  }
  for (const auto& [pointer, value] :
       {std::pair<const char*, const char*>{"/serialization/method", "manifest"},
        {"/serialization/hash_type", "blake3"},
        {"/resources/0/algorithm", "blake2b"}})
    EXPECT_EQ(parse_model_signature(with(pointer, value)).error().code, Code::Unsupported)
        << pointer;
}

TEST(ModelSignature, HasOneSubjectAndItsPredicate) {
  Statement statement = statement_of(sample()).value();
  statement.subjects.push_back(statement.subjects[0]);
  EXPECT_EQ(parse_model_signature(statement).error().code, Code::Corrupt);
  statement = statement_of(sample()).value();
  statement.subjects[0].digest = {{"sha512", "00"}};
  EXPECT_EQ(parse_model_signature(statement).error().code, Code::Corrupt);
  statement = statement_of(sample()).value();
  statement.predicate_type = "https://model_signing/signature/v0.1";
  EXPECT_EQ(parse_model_signature(statement).error().code, Code::Corrupt);
}

TEST(ModelSignature, IsNotMadeOfNamesThatItWouldRefuse) {
  ModelSignature model = sample();
  std::swap(model.resources[0], model.resources[1]);
  EXPECT_EQ(statement_of(model).error().code, Code::InvalidArgument);
}

TEST(ModelSignature, HoldsItsLimit) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < limits::kModelResourcesMax; ++i)
    names.push_back(std::to_string(1'000'000 + i));
  EXPECT_TRUE(parse_model_signature(with_names(names)));
  names.push_back("9");
  EXPECT_EQ(parse_model_signature(with_names(names)).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest

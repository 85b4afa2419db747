#include "attest/statement.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::attest {
namespace {

using codec::Json;

const std::string kHex(64, 'a');

Json sample() {
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", {{{"name", "model"}, {"digest", {{"sha256", kHex}, {"gitCommit", "b"}}}}}},
          {"predicateType", "https://slsa.dev/provenance/v1"},
          {"predicate", {{"a", 1}}}};
}

TEST(Statement, ReadsWhatItWrites) {
  const Statement statement = parse_statement(sample().dump()).value();
  ASSERT_EQ(statement.subjects.size(), 1U);
  EXPECT_EQ(statement.subjects[0].name, "model");
  EXPECT_EQ(statement.subjects[0].digest.at("gitCommit"), "b");
  EXPECT_EQ(sha256_of(statement.subjects[0])->hex(), kHex);
  EXPECT_EQ(statement.predicate_type, "https://slsa.dev/provenance/v1");
  EXPECT_EQ(statement.predicate, Json({{"a", 1}}));
  EXPECT_EQ(encode(statement).value(),
            R"({"_type":"https://in-toto.io/Statement/v1","predicate":{"a":1},)"
            R"("predicateType":"https://slsa.dev/provenance/v1",)"
            R"("subject":[{"digest":{"gitCommit":"b","sha256":")" +
                kHex + R"("},"name":"model"}]})");
  EXPECT_EQ(parse_statement(encode(statement).value()).value(), statement);
}

TEST(Statement, IgnoresMembersThatItDoesNotKnow) {
  Json json = sample();
  json["more"] = 1;
  json["subject"][0]["mediaType"] = "text/plain";
  EXPECT_EQ(parse_statement(json.dump()).value(), parse_statement(sample().dump()).value());
}

TEST(Statement, MayHaveNoPredicateAndNoNames) {
  Json json = sample();
  json.erase("predicate");
  json["subject"][0].erase("name");
  json["subject"][0]["digest"].erase("sha256");
  const Statement statement = parse_statement(json.dump()).value();
  EXPECT_EQ(statement.predicate, Json::object());
  EXPECT_EQ(sha256_of(statement.subjects[0]), std::nullopt);
  EXPECT_EQ(parse_statement(encode(statement).value()).value(), statement);
}

TEST(Statement, RefusesWhatIsNone) {
  const auto with = [](const char* pointer, const Json& value) {
    Json json = sample();
    json[Json::json_pointer(pointer)] = value;
    return json.dump();
  };
  const std::string bad[] = {
      "[]",
      "{}",
      with("/_type", "https://in-toto.io/Statement/v0.1"),
      with("/_type", 1),
      with("/subject", Json::array()),
      with("/subject", Json::object()),
      with("/subject/0", 1),
      with("/subject/0/name", 1),
      with("/subject/0/digest", Json::object()),
      with("/subject/0/digest", "x"),
      with("/subject/0/digest/sha256", 1),
      with("/subject/0/digest/sha256", "abc"),
      with("/subject/0/digest/sha256", std::string(64, 'A')),
      with("/predicateType", ""),
      with("/predicateType", 1),
      with("/predicate", 1),
  };
  for (const std::string& text : bad) {
    const auto statement = parse_statement(text);
    ASSERT_FALSE(statement) << text;
    EXPECT_EQ(statement.error().code, Code::Corrupt) << text;
  }
  EXPECT_EQ(parse_statement("{\"a\":1,\"a\":1}").error().code, Code::Corrupt);
}

TEST(Statement, HoldsItsLimits) {
  Json json = sample();
  const Json subject = json["subject"][0];
  while (json["subject"].size() < limits::kStatementSubjectsMax) json["subject"].push_back(subject);
  EXPECT_TRUE(parse_statement(json.dump()));
  json["subject"].push_back(subject);
  EXPECT_EQ(parse_statement(json.dump()).error().code, Code::Exhausted);

  json = sample();
  Json& digest = json["subject"][0]["digest"];
  for (int i = 0; digest.size() < limits::kSubjectDigestsMax; ++i) digest[std::to_string(i)] = "x";
  EXPECT_TRUE(parse_statement(json.dump()));
  digest["more"] = "x";
  EXPECT_EQ(parse_statement(json.dump()).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest

#include "content/model_config.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json.h"
#include "content/golden_file.h"
#include "content/sample_pack.h"

namespace tegula::content {
namespace {

using codec::Json;

ModelConfig full_config() {
  ModelConfig config = sample_config();
  config.descriptor.authors = {"A", "B"};
  config.descriptor.vendor = "vendor";
  config.descriptor.title = "Title";
  config.descriptor.description = "é \" \\ \n";
  config.descriptor.doc_url = "https://example.org/doc";
  config.descriptor.source_url = "https://example.org/source";
  config.descriptor.datasets_url = {"https://example.org/data"};
  config.descriptor.revision = "0123";
  config.capabilities->knowledge_cutoff = "2026-01-01T00:00:00Z";
  config.capabilities->reasoning = true;
  config.capabilities->tool_usage = false;
  config.capabilities->reward = false;
  return config;
}

TEST(ModelConfig, EncodesTheGoldenFiles) {
  expect_golden("manifest/config.json", encode(sample_config()).value());
}

TEST(ModelConfig, EncodesEveryMember) {
  expect_golden("manifest/config_full.json", encode(full_config()).value());
}

TEST(ModelConfig, ParseAndEncodeAreInverse) {
  ModelConfig empty;
  empty.diff_ids = {Digest::of({})};
  ModelConfig no_abilities = empty;
  no_abilities.capabilities = ModelCapabilities{};
  for (const ModelConfig& config : {full_config(), sample_config(), empty, no_abilities})
    EXPECT_EQ(ModelConfig::parse(encode(config).value()).value(), config);
}

TEST(ModelConfig, RefusesWhatTheSchemaRefuses) {
  struct Case {
    const char* name;
    std::function<void(Json&)> change;
  };
  const Case cases[] = {
      {"list", [](Json& c) { c = Json::array(); }},
      {"own member", [](Json& c) { c["x"] = 1; }},
      {"own descriptor member", [](Json& c) { c["descriptor"]["x"] = 1; }},
      {"own config member", [](Json& c) { c["config"]["x"] = 1; }},
      {"own ability", [](Json& c) { c["config"]["capabilities"]["x"] = 1; }},
      {"own modelfs member", [](Json& c) { c["modelfs"]["x"] = 1; }},
      {"no descriptor", [](Json& c) { c.erase("descriptor"); }},
      {"no config", [](Json& c) { c.erase("config"); }},
      {"no modelfs", [](Json& c) { c.erase("modelfs"); }},
      {"descriptor text", [](Json& c) { c["descriptor"] = "x"; }},
      {"number", [](Json& c) { c["descriptor"]["name"] = 3; }},
      {"version number", [](Json& c) { c["descriptor"]["version"] = 3.1; }},
      {"null", [](Json& c) { c["descriptor"]["family"] = nullptr; }},
      {"empty name", [](Json& c) { c["descriptor"]["name"] = ""; }},
      {"date", [](Json& c) { c["descriptor"]["createdAt"] = "yesterday"; }},
      {"authors text", [](Json& c) { c["descriptor"]["authors"] = "A"; }},
      {"authors numbers", [](Json& c) { c["descriptor"]["authors"] = {1}; }},
      {"size number", [](Json& c) { c["config"]["paramSize"] = 1000000; }},
      {"modality", [](Json& c) { c["config"]["capabilities"]["inputTypes"] = {"smell"}; }},
      {"language", [](Json& c) { c["config"]["capabilities"]["languages"] = {"eng"}; }},
      {"language case", [](Json& c) { c["config"]["capabilities"]["languages"] = {"EN"}; }},
      {"cutoff", [](Json& c) { c["config"]["capabilities"]["knowledgeCutoff"] = "2026"; }},
      {"reasoning", [](Json& c) { c["config"]["capabilities"]["reasoning"] = "true"; }},
      {"type", [](Json& c) { c["modelfs"]["type"] = "tar"; }},
      {"no type", [](Json& c) { c["modelfs"].erase("type"); }},
      {"no diffIds", [](Json& c) { c["modelfs"]["diffIds"] = Json::array(); }},
      {"diffId", [](Json& c) { c["modelfs"]["diffIds"][0] = "sha256:1"; }},
  };
  const std::string good = encode(full_config()).value();
  for (const Case& c : cases) {
    Json json = Json::parse(good);
    c.change(json);
    const auto config = ModelConfig::parse(json.dump());
    ASSERT_FALSE(config) << c.name;
    EXPECT_TRUE(config.error().text.starts_with("model config: ")) << config.error().text;
  }
}

TEST(ModelConfig, EncodeRefusesWhatParseWould) {
  ModelConfig config = sample_config();
  config.descriptor.title = "\xff";
  EXPECT_FALSE(encode(config));
  config = sample_config();
  config.diff_ids.clear();
  EXPECT_FALSE(encode(config));
  config = sample_config();
  config.descriptor.created_at = "now";
  EXPECT_FALSE(encode(config));
}

TEST(ModelConfig, HoldsItsLimits) {
  ModelConfig config = sample_config();
  config.descriptor.authors.assign(limits::kConfigListItemsMax, "a");
  EXPECT_TRUE(ModelConfig::parse(encode(config).value()));
  config.descriptor.authors.push_back("a");
  EXPECT_EQ(encode(config).error().code, Code::Exhausted);

  std::string text = encode(sample_config()).value();
  text.append(limits::kConfigBytesMax - text.size(), ' ');
  EXPECT_TRUE(ModelConfig::parse(text));
  EXPECT_EQ(ModelConfig::parse(text + " ").error().code, Code::Exhausted);
}

TEST(ParamSize, HasOneDecimalAtMost) {
  const std::pair<std::uint64_t, const char*> cases[] = {
      {0, ""},
      {999, ""},
      {1000, "1K"},
      {1049, "1K"},
      {1050, "1.1K"},
      {9'960, "10K"},
      {560'000, "560K"},
      {999'949, "1000K"},
      {999'960, "1M"},
      {1'000'000, "1M"},
      {6'738'415'616, "6.7B"},
      {70'553'706'496, "71B"},
      {8'030'261'248, "8B"},
      {1'000'000'000'000, "1T"},
      {2'500'000'000'000'000, "2.5Q"},
  };
  for (const auto& [parameters, want] : cases) EXPECT_EQ(param_size(parameters), want);
}

}  // namespace
}  // namespace tegula::content

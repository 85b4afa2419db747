#include "attest/signing_config.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json.h"

namespace tegula::attest {
namespace {

using codec::Json;
using Selector = ServiceChoice::Selector;

const Json kService = {{"url", "https://log.example"},
                       {"majorApiVersion", 2},
                       {"validFor", {{"start", "2026-01-01T00:00:00Z"}}},
                       {"operator", "example"}};

Json sample() {
  Json other = kService;
  other["url"] = "http://127.0.0.1:3000/tsa";
  return {{"mediaType", "application/vnd.dev.sigstore.signingconfig.v0.2+json"},
          {"caUrls", {kService}},
          {"oidcUrls", {kService}},
          {"rekorTlogUrls", {kService, other}},
          {"rekorTlogConfig", {{"selector", "EXACT"}, {"count", 2}}},
          {"tsaUrls", {other}},
          {"tsaConfig", {{"selector", "ANY"}}}};
}

Json with(const char* pointer, const Json& value) {
  Json json = sample();
  json[Json::json_pointer(pointer)] = value;
  return json;
}

TEST(SigningConfig, ReadsEveryMember) {
  const SigningConfig config = parse_signing_config(sample().dump()).value();
  ASSERT_EQ(config.logs.size(), 2U);
  EXPECT_EQ(config.logs[0].url, "https://log.example");
  EXPECT_EQ(config.logs[0].api_version, 2U);
  EXPECT_EQ(config.logs[0].run_by, "example");
  EXPECT_EQ(config.logs[0].validity.not_before_s, 1'767'225'600);
  EXPECT_EQ(config.log_choice, (ServiceChoice{Selector::Exact, 2}));
  EXPECT_EQ(config.timestamp_choice, (ServiceChoice{Selector::Any, 0}));
  EXPECT_EQ(config.certificate_authorities.size() + config.identity_providers.size() +
                config.timestamp_authorities.size(),
            3U);
}

TEST(SigningConfig, IsWrittenAsItIsRead) {
  const SigningConfig config = parse_signing_config(sample().dump()).value();
  EXPECT_EQ(Json::parse(encode(config).value()), sample());
  SigningConfig all;
  all.log_choice.selector = Selector::All;
  EXPECT_EQ(parse_signing_config(encode(all).value()).value(), all);
}

TEST(SigningConfig, RefusesWhatIsNone) {
  const Json bad[] = {
      Json::array(),
      with("/more", 1),
      with("/caUrls", "https://ca.example"),
      with("/caUrls/0", "https://ca.example"),
      with("/caUrls/0/url", "ca.example"),
      with("/caUrls/0/url", nullptr),
      with("/caUrls/0/majorApiVersion", 0),
      with("/caUrls/0/majorApiVersion", -1),
      with("/caUrls/0/majorApiVersion", "one"),
      with("/caUrls/0/validFor", nullptr),
      with("/caUrls/0/validFor/start", nullptr),
      with("/caUrls/0/validFor/end", "2020-01-01T00:00:00Z"),
      with("/caUrls/0/operator", 1),
      with("/caUrls/0/more", 1),
      with("/tsaConfig", "ANY"),
      with("/tsaConfig/selector", "SOME"),
      with("/tsaConfig/selector", nullptr),
      with("/tsaConfig/count", 1),        // of ANY
      with("/rekorTlogConfig/count", 0),  // of EXACT
      with("/rekorTlogConfig/count", "x"),
      with("/rekorTlogConfig/more", 1),
  };
  for (const Json& json : bad) {
    const auto config = parse_signing_config(json.dump());
    ASSERT_FALSE(config) << json.dump(1);
    EXPECT_EQ(config.error().code, Code::Corrupt) << config.error().text;
  }
  for (const char* type : {"", "application/vnd.dev.sigstore.signingconfig.v0.1+json"})
    EXPECT_EQ(parse_signing_config(with("/mediaType", type).dump()).error().code,
              Code::Unsupported);
}

TEST(SigningConfig, ChoosesWhomToAsk) {
  const auto service = [](const char* url, std::uint64_t version, const char* run_by,
                          crypto::Validity validity = {0, 1000}) {
    return Service{.url = url, .api_version = version, .validity = validity, .run_by = run_by};
  };
  const std::vector<Service> services = {
      service("a", 1, "x"),
      service("b", 2, "x", {0, 99}),
      service("c", 2, "x"),
      service("d", 2, "x"),
      service("e", 2, ""),
      service("f", 2, ""),
      service("g", 2, "y", {500, 1000}),
  };
  struct Case {
    ServiceChoice choice;
    std::int64_t time_s;
    std::string want;  // empty: NotFound
  };
  const Case cases[] = {
      {{Selector::Any, 0}, 100, "c"},      {{Selector::All, 0}, 100, "cef"},
      {{Selector::All, 0}, 50, "bef"},     {{Selector::All, 0}, 500, "cefg"},
      {{Selector::Exact, 2}, 100, "ce"},   {{Selector::Exact, 4}, 100, ""},
      {{Selector::Exact, 4}, 500, "cefg"}, {{Selector::All, 0}, 2000, ""},
  };
  for (const Case& c : cases) {
    const auto chosen = choose_services(services, c.choice, 2, c.time_s);
    std::string got;
    if (chosen)
      for (const Service& one : *chosen) got += one.url;
    else
      EXPECT_EQ(chosen.error().code, Code::NotFound);
    EXPECT_EQ(got, c.want) << c.time_s;
  }
}

TEST(SigningConfig, HoldsItsLimits) {
  for (const char* pointer : {"/caUrls", "/oidcUrls", "/rekorTlogUrls", "/tsaUrls"}) {
    Json json = with(pointer, Json(std::vector<Json>(limits::kSigningConfigServicesMax, kService)));
    EXPECT_TRUE(parse_signing_config(json.dump())) << pointer;
    json[Json::json_pointer(pointer)].push_back(kService);
    EXPECT_EQ(parse_signing_config(json.dump()).error().code, Code::Exhausted) << pointer;
  }
  const std::string text = sample().dump();
  const std::string blanks(limits::kSigningConfigBytesMax - text.size(), ' ');
  EXPECT_TRUE(parse_signing_config(text + blanks));
  EXPECT_EQ(parse_signing_config(text + blanks + " ").error().code, Code::Exhausted);
  std::string deep = "1";
  for (std::size_t i = 0; i <= limits::kBundleDepthMax; ++i) deep = "[" + deep + "]";
  EXPECT_EQ(parse_signing_config(deep).error().code, Code::Exhausted);
  EXPECT_EQ(parse_signing_config(deep.substr(1, deep.size() - 2)).error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::attest

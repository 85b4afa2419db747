#include "attest/trusted_root.h"

#include <limits>

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "base/limits.h"
#include "codec/json.h"

namespace tegula::attest {
namespace {

using codec::Json;

Json sample() { return Json::parse(encode(SampleSigstore().root()).value()); }

Json with(const char* pointer, const Json& value, Json json = sample()) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

Json without(const char* pointer, const char* name) {
  Json json = sample();
  json[Json::json_pointer(pointer)].erase(name);
  return json;
}

Code code_of(const Json& json) {
  const auto root = parse_trusted_root(json.dump());
  return root ? Code::Internal : root.error().code;
}

TEST(TrustedRoot, IsReadAsItWasWritten) {
  TrustedRoot root = SampleSigstore().root();
  root.certificate_authorities[0].organization = "org";
  root.certificate_authorities[0].uri = "https://ca.example";
  root.timestamp_authorities[0].validity.not_after_s = 1'800'000'000;
  EXPECT_EQ(parse_trusted_root(encode(root).value()).value(), root);
  EXPECT_EQ(parse_trusted_root(encode(TrustedRoot()).value()).value(), TrustedRoot());
}

TEST(TrustedRoot, ReadsTimesAsSecondsWithin) {
  const Json json = with("/tlogs/0/publicKey/validFor", {{"start", "2026-01-01T00:00:00.001Z"},
                                                         {"end", "2026-12-31T23:59:59.999Z"}});
  const TrustedRoot root = parse_trusted_root(json.dump()).value();
  EXPECT_EQ(root.logs[0].validity, (crypto::Validity{1'767'225'601, 1'798'761'599}));
  const Json open = without("/tlogs/0/publicKey/validFor", "end");
  EXPECT_EQ(parse_trusted_root(open.dump()).value().logs[0].validity.not_after_s,
            std::numeric_limits<std::int64_t>::max());
}

TEST(TrustedRoot, KeepsLogsWhoseKeysItCannotCheckWithoutThem) {
  const Json json = with("/tlogs/0/publicKey/keyDetails", "PKIX_ECDSA_P521_SHA_512");
  const TrustedRoot root = parse_trusted_root(json.dump()).value();
  EXPECT_EQ(root.logs[0].key, std::nullopt);
  EXPECT_NE(root.logs[1].key, std::nullopt);
  EXPECT_EQ(encode(root).error().code, Code::InvalidArgument);
}

TEST(TrustedRoot, TellsWhatALogMayCallItself) {
  const TrustedRoot root =
      parse_trusted_root(with("/tlogs/0/baseUrl", "http://log.example:8080/b").dump()).value();
  EXPECT_EQ(host_of(root.logs[0]), "log.example");
  EXPECT_EQ(authority_of(root.logs[0]), "log.example:8080");
}

TEST(TrustedRoot, NamesItsAuthorities) {
  TrustedAuthority authority;
  EXPECT_EQ(name_of(authority), "an authority without a name");
  authority.uri = "uri";
  EXPECT_EQ(name_of(authority), "uri");
  authority.organization = "org";
  EXPECT_EQ(name_of(authority), "org");
  authority.common_name = "name";
  EXPECT_EQ(name_of(authority), "name");
}

TEST(TrustedRoot, IsOfAKnownVersion) {
  for (const char* good : {"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                           "application/vnd.dev.sigstore.trustedroot.v0.1+json",
                           "application/vnd.dev.sigstore.trustedroot.v0.2+json"})
    EXPECT_EQ(code_of(with("/mediaType", good)), Code::Internal) << good;
  for (const char* bad :
       {"", "application/json", "application/vnd.dev.sigstore.trustedroot+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json"})
    EXPECT_EQ(code_of(with("/mediaType", bad)), Code::Unsupported) << bad;
}

TEST(TrustedRoot, RefusesWhatIsNone) {
  const Json certificate = {{"rawBytes", "MDEy"}};
  const Json bad[] = {
      Json::array(),
      with("/more", 1),
      with("/tlogs", 1),
      with("/tlogs/0", 1),
      with("/tlogs/0/more", 1),
      with("/tlogs/0/baseUrl", ""),
      with("/tlogs/0/baseUrl", "log.example"),
      with("/tlogs/0/hashAlgorithm", "SHA2_512"),
      with("/tlogs/0/hashAlgorithm", ""),
      with("/tlogs/0/hashAlgorithm", 1),
      without("/tlogs/0", "logId"),
      with("/tlogs/0/logId/keyId", "AAAA"),
      with("/tlogs/0/logId/more", 1),
      without("/tlogs/0", "publicKey"),
      without("/tlogs/0/publicKey", "rawBytes"),
      without("/tlogs/0/publicKey", "keyDetails"),
      without("/tlogs/0/publicKey", "validFor"),
      with("/tlogs/0/publicKey/more", 1),
      with("/tlogs/0/publicKey/rawBytes", "MDEy"),
      with("/tlogs/0/publicKey/rawBytes", "%"),
      with("/tlogs/0/publicKey/keyDetails", "PKIX_ED25519"),  // the key is P-256
      with("/tlogs/0/publicKey/keyDetails", 7),
      without("/tlogs/0/publicKey/validFor", "start"),
      with("/tlogs/0/publicKey/validFor/end", "2020-01-01T00:00:00Z"),  // before it starts
      with("/tlogs/0/publicKey/validFor/start", "yesterday"),
      with("/tlogs/0/publicKey/validFor/more", 1),
      without("/certificateAuthorities/0", "certChain"),
      with("/certificateAuthorities/0/certChain/certificates", Json::array()),
      with("/certificateAuthorities/0/certChain/certificates", {certificate}),
      with("/certificateAuthorities/0/certChain/certificates/0", Json::object()),
      with("/certificateAuthorities/0/certChain/more", 1),
      without("/certificateAuthorities/0", "validFor"),
      with("/certificateAuthorities/0/subject/more", 1),
      with("/certificateAuthorities/0/subject", "name"),
      with("/certificateAuthorities/0/uri", 1),
      with("/certificateAuthorities/0/more", 1),
      without("/ctlogs/0", "logId"),
      without("/timestampAuthorities/0", "certChain"),
  };
  for (const Json& json : bad) {
    const auto root = parse_trusted_root(json.dump());
    ASSERT_FALSE(root) << json.dump(1);
    EXPECT_EQ(root.error().code, Code::Corrupt) << root.error().text;
  }
}

TEST(TrustedRoot, HoldsItsLimits) {
  for (const char* pointer :
       {"/tlogs", "/certificateAuthorities", "/ctlogs", "/timestampAuthorities"}) {
    Json json = sample();
    Json& list = json[Json::json_pointer(pointer)];
    const Json item = list[0];
    while (list.size() < limits::kTrustedRootItemsMax) list.push_back(item);
    EXPECT_EQ(code_of(json), Code::Internal) << pointer;
    list.push_back(item);
    EXPECT_EQ(code_of(json), Code::Exhausted) << pointer;
  }
  Json json = sample();
  Json& chain = json["certificateAuthorities"][0]["certChain"]["certificates"];
  while (chain.size() < limits::kCertificateChainMax) chain.push_back(chain[0]);
  EXPECT_EQ(code_of(json), Code::Internal);
  chain.push_back(chain[0]);
  EXPECT_EQ(code_of(json), Code::Exhausted);
  const std::string text = sample().dump();
  const std::string blanks(limits::kTrustedRootBytesMax - text.size(), ' ');
  EXPECT_TRUE(parse_trusted_root(text + blanks));
  EXPECT_EQ(parse_trusted_root(text + blanks + " ").error().code, Code::Exhausted);
  std::string deep = "1";
  for (std::size_t i = 0; i <= limits::kBundleDepthMax; ++i) deep = "[" + deep + "]";
  EXPECT_EQ(parse_trusted_root(deep).error().code, Code::Exhausted);
  EXPECT_EQ(parse_trusted_root(deep.substr(1, deep.size() - 2)).error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::attest

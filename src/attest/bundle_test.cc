#include "attest/bundle.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"

namespace tegula::attest {
namespace {

using codec::Json;

Json sample_entry() {
  const std::string hash = base64_encode(Bytes(32, 7));
  return {{"logIndex", "5"},
          {"logId", {{"keyId", hash}}},
          {"kindVersion", {{"kind", "hashedrekord"}, {"version", "0.0.2"}}},
          {"integratedTime", "0"},
          {"inclusionProof",
           {{"logIndex", "5"},
            {"rootHash", hash},
            {"treeSize", "9"},
            {"hashes", {hash, hash}},
            {"checkpoint", {{"envelope", "a note\n"}}}}},
          {"canonicalizedBody", "e30="}};
}

// Version 0.3, with a certificate, one entry, one timestamp and a message signature.
Json sample() {
  return {
      {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
      {"verificationMaterial",
       {{"certificate", {{"rawBytes", "MDEy"}}},
        {"tlogEntries", {sample_entry()}},
        {"timestampVerificationData", {{"rfc3161Timestamps", {{{"signedTimestamp", "VFNU"}}}}}}}},
      {"messageSignature",
       {{"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", "AAEC"}}},
        {"signature", "c2ln"}}}};
}

Json with(const char* pointer, const Json& value, Json json = sample()) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

Json without(const char* pointer, const char* name, Json json = sample()) {
  json[Json::json_pointer(pointer)].erase(name);
  return json;
}

// The older form, with a chain.
Json of_version(const char* version) {
  Json json = without("/verificationMaterial", "certificate");
  json["mediaType"] = std::string("application/vnd.dev.sigstore.bundle+json;version=") + version;
  return with("/verificationMaterial/x509CertificateChain/certificates",
              {{{"rawBytes", "MDEy"}}, {{"rawBytes", "MDEz"}}}, json);
}

TEST(Bundle, ReadsEveryMember) {
  const Bundle bundle = parse_bundle(sample().dump()).value();
  EXPECT_EQ(bundle.version, BundleVersion::V0_3);
  EXPECT_EQ(std::get<CertificateChain>(bundle.key).certificates,
            (std::vector<Bytes>{{'0', '1', '2'}}));
  ASSERT_EQ(bundle.entries.size(), 1U);
  const LogEntry& entry = bundle.entries[0];
  EXPECT_EQ(entry.log_index, 5U);
  EXPECT_EQ(entry.log_id, Bytes(32, 7));
  EXPECT_EQ(entry.kind, "hashedrekord");
  EXPECT_EQ(entry.version, "0.0.2");
  EXPECT_TRUE(entry.promise.empty());
  ASSERT_TRUE(entry.proof);
  EXPECT_EQ(entry.proof->tree_size, 9U);
  EXPECT_EQ(entry.proof->hashes.size(), 2U);
  EXPECT_EQ(entry.proof->checkpoint, "a note\n");
  EXPECT_EQ(text_of(entry.body), "{}");
  EXPECT_EQ(text_of(bundle.timestamps.at(0)), "TST");
  EXPECT_EQ(text_of(std::get<MessageSignature>(bundle.content).signature), "sig");
}

TEST(Bundle, IsWrittenAsItIsRead) {
  Json envelope = without("", "messageSignature");
  envelope["dsseEnvelope"] = {
      {"payload", "e30="}, {"payloadType", "a/b"}, {"signatures", {{{"sig", "AQID"}}}}};
  Json key = without("/verificationMaterial", "certificate");
  key["verificationMaterial"]["publicKey"] = {{"hint", "h"}};
  key["verificationMaterial"].erase("timestampVerificationData");
  const Json promised =
      with("/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp", "c2V0");
  const Json chain = with("/mediaType", sample()["mediaType"], of_version("0.3"));
  for (const Json& json : {sample(), envelope, key, promised, chain}) {
    const Bundle bundle = parse_bundle(json.dump()).value();
    EXPECT_EQ(Json::parse(encode(bundle).value()), json);
    EXPECT_EQ(parse_bundle(encode(bundle).value()).value(), bundle);
  }
}

TEST(Bundle, TakesDefaultsThatWritersLeaveOut) {
  Json entry = sample_entry();
  for (const char* name : {"logIndex", "integratedTime"}) entry.erase(name);
  entry["inclusionProof"] = {{"treeSize", "1"}, {"rootHash", "AAAA"}};
  entry["inclusionPromise"] = nullptr;
  const Json json = with("/verificationMaterial/tlogEntries/0", entry);
  const Bundle bundle = parse_bundle(json.dump()).value();
  EXPECT_EQ(bundle.entries[0].log_index, 0U);
  EXPECT_TRUE(bundle.entries[0].proof->hashes.empty());
}

TEST(Bundle, KnowsTheRulesOfItsVersions) {
  const auto code = [](const Json& json) {
    const auto bundle = parse_bundle(json.dump());
    return bundle ? Code::Internal : bundle.error().code;
  };
  constexpr const char* kPromise =
      "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp";
  const Json promised = with(kPromise, "c2V0", of_version("0.1"));
  EXPECT_EQ(code(promised), Code::Internal);
  EXPECT_EQ(code(without("/verificationMaterial/tlogEntries/0", "inclusionProof", promised)),
            Code::Internal);
  EXPECT_EQ(code(of_version("0.1")), Code::Corrupt);  // without a promise
  EXPECT_EQ(code(of_version("0.2")), Code::Internal);
  EXPECT_EQ(code(without("/verificationMaterial/tlogEntries/0", "inclusionProof",
                         with(kPromise, "c2V0", of_version("0.2")))),
            Code::Corrupt);
  EXPECT_EQ(code(of_version("0.3")), Code::Internal);  // as OpenSSF model signing has it
  EXPECT_EQ(code(with("/mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.3")),
            Code::Internal);
  for (const char* other :
       {"", "application/json", "application/vnd.dev.sigstore.bundle+json;version=0.4",
        "application/vnd.dev.sigstore.bundle.v0.4+json"})
    EXPECT_EQ(code(with("/mediaType", other)), Code::Unsupported) << other;
}

TEST(Bundle, RefusesWhatIsNone) {
  constexpr const char* kEntry = "/verificationMaterial/tlogEntries/0";
  constexpr const char* kMaterial = "/verificationMaterial";
  const Json envelope = {
      {"payload", ""}, {"payloadType", "a"}, {"signatures", {{{"sig", "AQID"}}}}};
  Json two_signatures = without("", "messageSignature");
  two_signatures["dsseEnvelope"] = envelope;
  two_signatures["dsseEnvelope"]["signatures"].push_back({{"sig", "AQID"}});
  const Json bad[] = {
      Json::array(),
      with("/more", 1),
      without("", "verificationMaterial"),
      without("", "messageSignature"),
      with("/dsseEnvelope", envelope),
      two_signatures,
      with("/verificationMaterial/more", 1),
      with("/verificationMaterial/publicKey", {{"hint", "h"}}),
      without(kMaterial, "certificate"),
      with("/verificationMaterial/certificate", Json::object()),
      with("/verificationMaterial/certificate/rawBytes", ""),
      with("/verificationMaterial/certificate/rawBytes", "%"),
      with("/verificationMaterial/x509CertificateChain/certificates", Json::array(),
           of_version("0.2")),
      with("/messageSignature/signature", ""),
      with("/messageSignature/signature", "c2ln*"),
      with("/messageSignature/more", ""),
      with("/verificationMaterial/tlogEntries", 1),
      with("/verificationMaterial/tlogEntries/0/logIndex", "-1"),
      with("/verificationMaterial/tlogEntries/0/integratedTime", "now"),
      without(kEntry, "logId"),
      without(kEntry, "kindVersion"),
      without(kEntry, "canonicalizedBody"),
      without(kEntry, "inclusionProof"),
      with("/verificationMaterial/tlogEntries/0/inclusionProof/hashes", {"AAAA"}),
      with("/verificationMaterial/tlogEntries/0/inclusionProof/hashes", {1}),
      with("/verificationMaterial/tlogEntries/0/inclusionProof/treeSize", "-9"),
      with("/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint", "note"),
      with("/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0", Json::object()),
  };
  for (const Json& json : bad) {
    const auto bundle = parse_bundle(json.dump());
    ASSERT_FALSE(bundle) << json.dump(1);
    EXPECT_EQ(bundle.error().code, Code::Corrupt) << bundle.error().text;
  }
}

TEST(Bundle, ReadsWhatALogAnswers) {
  const Bundle bundle = parse_bundle(sample().dump()).value();
  const Json entry = sample().at("/verificationMaterial/tlogEntries/0"_json_pointer);
  EXPECT_EQ(parse_log_entry(entry.dump()).value(), bundle.entries[0]);
  for (const char* member : {"logId", "kindVersion", "inclusionProof", "canonicalizedBody"}) {
    Json less = entry;
    less.erase(member);
    EXPECT_EQ(parse_log_entry(less.dump()).error().code, Code::Corrupt) << member;
  }
  EXPECT_EQ(parse_log_entry("[]").error().code, Code::Corrupt);
  EXPECT_FALSE(parse_log_entry("{"));
}

TEST(Bundle, IsWrittenInVersion3OrNotAtAll) {
  Bundle chain = parse_bundle(of_version("0.2").dump()).value();
  const Bundle again = parse_bundle(encode(chain).value()).value();
  EXPECT_EQ(again.version, BundleVersion::V0_3);
  EXPECT_EQ(again.key, chain.key);
  std::get<CertificateChain>(chain.key).as_chain = false;
  EXPECT_EQ(encode(chain).error().code, Code::InvalidArgument);
  Bundle bundle = parse_bundle(sample().dump()).value();
  bundle.entries[0].proof.reset();
  EXPECT_EQ(encode(bundle).error().code, Code::InvalidArgument);
}

TEST(Bundle, HoldsItsLimits) {
  const std::pair<const char*, std::size_t> lists[] = {
      {"/verificationMaterial/tlogEntries", limits::kBundleLogEntriesMax},
      {"/verificationMaterial/timestampVerificationData/rfc3161Timestamps",
       limits::kBundleTimestampsMax},
      {"/verificationMaterial/tlogEntries/0/inclusionProof/hashes", limits::kLogProofHashesMax},
      {"/verificationMaterial/x509CertificateChain/certificates", limits::kBundleCertificatesMax},
  };
  for (const auto& [pointer, most] : lists) {
    Json json = of_version("0.2");
    Json& list = json[Json::json_pointer(pointer)];
    const Json item = list[0];
    while (list.size() < most) list.push_back(item);
    EXPECT_TRUE(parse_bundle(json.dump())) << pointer;
    list.push_back(item);
    EXPECT_EQ(parse_bundle(json.dump()).error().code, Code::Exhausted) << pointer;
  }
  const std::string text = sample().dump();
  const std::string blanks(limits::kBundleBytesMax - text.size(), ' ');
  EXPECT_TRUE(parse_bundle(text + blanks));
  EXPECT_EQ(parse_bundle(text + blanks + " ").error().code, Code::Exhausted);
  std::string deep = "1";
  for (std::size_t i = 0; i <= limits::kBundleDepthMax; ++i) deep = "[" + deep + "]";
  EXPECT_EQ(parse_bundle(deep).error().code, Code::Exhausted);
  EXPECT_EQ(parse_bundle(deep.substr(1, deep.size() - 2)).error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::attest

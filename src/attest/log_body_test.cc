#include "attest/log_body.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "base/base64.h"
#include "codec/json.h"
#include "crypto/sha512.h"

namespace tegula::attest {
namespace {

using codec::Json;

const SampleSigstore& sigstore() {
  static const SampleSigstore kSigstore;
  return kSigstore;
}

// A bundle, its one entry, and what that must be about.
struct Logged {
  explicit Logged(const SamplePlan& plan)
      : bundle(sigstore().bundle(plan)),
        artifact(plan.artifact),
        entry(bundle.entries.at(0)),
        envelope(std::get_if<Envelope>(&bundle.content)),
        signature(envelope != nullptr ? envelope->signatures[0].bytes
                                      : std::get<MessageSignature>(bundle.content).signature),
        encoding(envelope != nullptr ? signed_bytes(*envelope)
                                     : Bytes(artifact.begin(), artifact.end())) {
    if (const auto* chain = std::get_if<CertificateChain>(&bundle.key))
      certificate = chain->certificates[0];
  }

  Result<void> check() const {
    const SignedMessage message{.digest = content::Digest::of(encoding), .bytes = encoding};
    return check_log_body(entry, {.message = message,
                                  .envelope = envelope,
                                  .signature = signature,
                                  .certificate = certificate,
                                  .key = sigstore().key().public_key().der()});
  }
  Json body() const { return Json::parse(text_of(entry.body)); }
  void set_body(const Json& json) {
    const std::string text = json.dump();
    entry.body = {text.begin(), text.end()};
  }
  Result<void> check_with(const char* pointer, const Json& value) const {
    Logged copy(*this);
    Json json = body();
    json[Json::json_pointer(pointer)] = value;
    copy.set_body(json);
    copy.envelope = std::get_if<Envelope>(&copy.bundle.content);
    return copy.check();
  }

  Bundle bundle;
  std::string artifact;
  LogEntry entry;
  const Envelope* envelope;
  Bytes signature, encoding, certificate{};
};

SamplePlan statement(const char* kind, SampleLog log = SampleLog::Rekor1) {
  return {.is_statement = true, .log = log, .entry_kind = kind};
}

TEST(LogBody, IsAboutWhatTheBundleIs) {
  for (const SampleLog log : {SampleLog::Rekor1, SampleLog::Rekor2})
    for (const bool has_certificate : {true, false})
      for (const bool is_statement : {true, false}) {
        const Logged logged(
            {.is_statement = is_statement, .log = log, .has_certificate = has_certificate});
        const auto result = logged.check();
        EXPECT_TRUE(result) << result.error().text;
      }
  EXPECT_TRUE(Logged(statement("dsse 0.0.1")).check());
  EXPECT_TRUE(Logged(statement("intoto 0.0.2")).check());
}

TEST(LogBody, TakesOtherDigestsOfTheSameMessage) {
  const Logged first({.log = SampleLog::Rekor1}), second({.log = SampleLog::Rekor2});
  const Bytes message = first.encoding;
  const std::pair<const char*, Bytes> digests[] = {{"384", crypto::sha384(message)},
                                                   {"512", crypto::sha512(message)}};
  for (const auto& [bits, digest] : digests) {
    Json hash = {{"algorithm", std::string("sha") + bits}, {"value", ""}};
    EXPECT_EQ(first.check_with("/spec/data/hash", hash).error().code, Code::Untrusted);
    Json data = {{"algorithm", std::string("SHA2_") + bits}, {"digest", base64_encode(digest)}};
    EXPECT_TRUE(second.check_with("/spec/hashedRekordV002/data", data)) << bits;
    data["digest"] = base64_encode(Bytes(digest.size()));
    EXPECT_EQ(second.check_with("/spec/hashedRekordV002/data", data).error().code, Code::Untrusted);
  }
}

struct Change {
  const char* pointer;
  Json value;
  Code code = Code::Untrusted;
};

void expect_refused(const SamplePlan& plan, const std::vector<Change>& changes) {
  const Logged logged(plan);
  ASSERT_TRUE(logged.check());
  for (const Change& change : changes) {
    const auto result = logged.check_with(change.pointer, change.value);
    ASSERT_FALSE(result) << change.pointer;
    EXPECT_EQ(result.error().code, change.code) << change.pointer << ": " << result.error().text;
  }
}

const std::string kOther = base64_encode(bytes_of("other"));

TEST(LogBody, RefusesOthersOfHashedrekord1) {
  const std::string other_key =
      crypto::PrivateKey::generate(crypto::KeyType::P256).value().public_key().pem();
  expect_refused({.log = SampleLog::Rekor1},
                 {{"/kind", "dsse"},
                  {"/apiVersion", "0.0.2"},
                  {"/spec/data/hash/algorithm", "sha1", Code::Unsupported},
                  {"/spec/data/hash/value", std::string(64, '0')},
                  {"/spec/data/hash/value", ""},
                  {"/spec/data/hash/more", 1, Code::Corrupt},
                  {"/spec/data", nullptr, Code::Corrupt},
                  {"/spec/signature/content", kOther},
                  {"/spec/signature/content", ""},
                  {"/spec/signature/content", "%", Code::Corrupt},
                  {"/spec/signature/publicKey/content", kOther},
                  {"/spec/signature/publicKey/content", base64_encode(bytes_of(other_key))},
                  {"/spec/signature/publicKey/content",
                   base64_encode(bytes_of(sigstore().key().public_key().pem()))},
                  {"/spec/signature/publicKey", nullptr, Code::Corrupt},
                  {"/spec/more", 1, Code::Corrupt},
                  {"/more", 1, Code::Corrupt},
                  {"/spec", nullptr, Code::Corrupt}});
}

TEST(LogBody, RefusesOthersOfHashedrekord2) {
  const std::string key = base64_encode(sigstore().key().public_key().der());
  expect_refused({.log = SampleLog::Rekor2},
                 {{"/kind", "dsse"},
                  {"/apiVersion", "0.0.1"},
                  {"/spec/hashedRekordV002/data/algorithm", "SHA2_224", Code::Unsupported},
                  {"/spec/hashedRekordV002/data/digest", kOther},
                  {"/spec/hashedRekordV002/data/digest", ""},
                  {"/spec/hashedRekordV002/signature/content", kOther},
                  {"/spec/hashedRekordV002/signature/verifier/x509Certificate/rawBytes", kOther},
                  {"/spec/hashedRekordV002/signature/verifier",
                   {{"keyDetails", "PKIX_ECDSA_P256_SHA_256"}, {"publicKey", {{"rawBytes", key}}}}},
                  {"/spec/hashedRekordV002/signature/verifier", nullptr, Code::Corrupt},
                  {"/spec/hashedRekordV002/more", 1, Code::Corrupt},
                  {"/spec/hashedRekordV002", nullptr, Code::Corrupt}});
}

TEST(LogBody, RefusesOthersOfDsse) {
  expect_refused(statement("dsse 0.0.1"), {{"/spec/payloadHash/value", std::string(64, '0')},
                                           {"/spec/payloadHash", nullptr, Code::Corrupt},
                                           {"/spec/signatures/0/signature", kOther},
                                           {"/spec/signatures/0/verifier", kOther},
                                           {"/spec/signatures", Json::array()},
                                           {"/spec/signatures/1", Json::object()},
                                           {"/spec/signatures/0/more", 1, Code::Corrupt}});
}

TEST(LogBody, RefusesOthersOfIntoto) {
  const Logged logged(statement("intoto 0.0.2"));
  expect_refused(statement("intoto 0.0.2"),
                 {{"/spec/content/payloadHash/value", std::string(64, '0')},
                  {"/spec/content/envelope/payloadType", "text/plain"},
                  {"/spec/content/envelope/signatures/0/sig", kOther},
                  {"/spec/content/envelope/signatures/0/sig", base64_encode(logged.signature)},
                  {"/spec/content/envelope/signatures/0/publicKey", kOther},
                  {"/spec/content/envelope/signatures", Json::array()},
                  {"/spec/content/envelope", nullptr, Code::Corrupt}});
}

TEST(LogBody, IsOfTheBundlesKind) {
  Logged logged({.log = SampleLog::Rekor1});
  logged.entry.kind = "rpm";
  EXPECT_EQ(logged.check().error().code, Code::Unsupported);
  logged = Logged({.log = SampleLog::Rekor1});
  logged.entry.version = "0.0.3";
  EXPECT_EQ(logged.check().error().code, Code::Unsupported);
  // An entry of envelopes for an artifact's signature.
  Logged message({.log = SampleLog::Rekor1});
  message.entry.kind = "dsse";
  EXPECT_EQ(message.check().error().code, Code::Untrusted);
  for (const char* body : {"", "[]", "{", "1"}) {
    Logged bad({.log = SampleLog::Rekor1});
    const std::string_view text = body;
    bad.entry.body = {text.begin(), text.end()};
    EXPECT_FALSE(bad.check()) << body;
  }
}

TEST(LogBody, NeedsTheFileForLongerDigests) {
  const Logged logged({.log = SampleLog::Rekor2});
  Json json = logged.body();
  json["spec"]["hashedRekordV002"]["data"] = {
      {"algorithm", "SHA2_384"}, {"digest", base64_encode(crypto::sha384(logged.encoding))}};
  Logged longer(logged);
  longer.set_body(json);
  const SignedMessage message{.digest = content::Digest::of(longer.encoding)};
  EXPECT_EQ(check_log_body(longer.entry, {.message = message,
                                          .envelope = nullptr,
                                          .signature = longer.signature,
                                          .certificate = longer.certificate,
                                          .key = sigstore().key().public_key().der()})
                .error()
                .code,
            Code::Unsupported);
}

}  // namespace
}  // namespace tegula::attest

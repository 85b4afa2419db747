// Every file of $TEGULA_VECTORS/sigstore: the verifier's verdict on each bundle, and how far each
// gets in the parts below it: which bundles parse, whose log entries are in a log that its trusted
// root knows, what their statements are about.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "attest/bundle.h"
#include "attest/statement.h"
#include "attest/trusted_root.h"
#include "attest/verifier.h"
#include "base/base64.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/timestamp.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace tegula::attest {
namespace {

namespace fs = std::filesystem;
using codec::Json;

// How far a bundle gets. What isn't here, good or bad, gets through all of it: the rest is for
// certificates, timestamps and signatures.
enum class Stage { Parse, Checkpoint, LogSignature, Inclusion, All };

Stage stage_of(const std::string& name) {
  static const std::map<std::string, Stage> kStages = {
      {"bundle-empty-certificate-chain_fail", Stage::Parse},
      {"bundle-invalid-base64-signature_fail", Stage::Parse},
      {"bundle-negative-log-index_fail", Stage::Parse},
      {"rekor2-no-inclusion-proof_fail", Stage::Parse},
      {"rekor2-checkpoint-missing-log-signature_fail", Stage::Checkpoint},
      {"rekor2-checkpoint-missing-root-hash_fail", Stage::Checkpoint},
      {"bundle-with-root-cert_fail", Stage::Checkpoint},  // has none, as version 0.1 allows
      {"checkpoint-bad-keyhint_fail", Stage::LogSignature},
      {"inclusion-proof-corrupted-hash_fail", Stage::Inclusion},
  };
  const auto found = kStages.find(name);
  return found == kStages.end() ? Stage::All : found->second;
}

fs::path folder() { return fs::path(std::getenv("TEGULA_VECTORS")) / "sigstore"; }

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder()))
    if (entry.is_directory()) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

// "https://host/path" → "host"
std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, std::min(url.find('/', begin), url.size()) - begin);
}

std::vector<tlog::NoteKey> log_keys(const fs::path& root) {
  std::vector<tlog::NoteKey> out;
  const Json trusted = Json::parse(read(root));
  for (const Json& log : trusted.at("tlogs")) {
    const Bytes der = base64_decode(log["publicKey"]["rawBytes"].get<std::string>()).value();
    const crypto::PublicKey key = crypto::PublicKey::from_der(der).value();
    const tlog::SignatureType type = key.type() == crypto::KeyType::P256
                                         ? tlog::SignatureType::Ecdsa
                                         : tlog::SignatureType::Ed25519;
    out.push_back(
        tlog::NoteKey::create(host_of(log["baseUrl"].get<std::string>()), type, key).value());
    EXPECT_EQ(base64_encode(out.back().hash()), log["logId"]["keyId"].get<std::string>()) << root;
  }
  return out;
}

std::vector<tlog::NoteKey> log_keys_of(const fs::path& one) {
  const fs::path own = one / "trusted_root.json";
  return log_keys(fs::exists(own) ? own : folder() / "trusted-root-public-good.json");
}

Stage check_entry(const LogEntry& entry, const std::vector<tlog::NoteKey>& known) {
  if (!entry.proof) return Stage::Checkpoint;
  const auto note = tlog::parse_note(entry.proof->checkpoint);
  if (!note) return Stage::Checkpoint;
  const auto checkpoint = tlog::parse_checkpoint(note->text);
  if (!checkpoint) return Stage::Checkpoint;
  if (!tlog::verify_note(*note, known)) return Stage::LogSignature;
  const tlog::Leaf leaf{.index = entry.proof->log_index, .hash = tlog::leaf_hash(entry.body)};
  if (!tlog::verify_inclusion(leaf, entry.proof->hashes, checkpoint->head)) return Stage::Inclusion;
  return Stage::All;
}

Stage check(const fs::path& one) {
  const auto bundle = parse_bundle(read(one / "bundle.sigstore.json"));
  if (!bundle) return Stage::Parse;
  Stage out = Stage::All;
  for (const LogEntry& entry : bundle->entries)
    out = std::min(out, check_entry(entry, log_keys_of(one)));
  return out;
}

TEST(SigstoreVectors, GetAsFarAsTheyShould) {
  const std::vector<fs::path> all = cases();
  EXPECT_GE(all.size(), 35U);
  for (const fs::path& one : all) EXPECT_EQ(check(one), stage_of(one.filename())) << one.filename();
}

TEST(SigstoreVectors, AreWrittenAsTheyAreRead) {
  for (const fs::path& one : cases()) {
    const auto bundle = parse_bundle(read(one / "bundle.sigstore.json"));
    if (!bundle || bundle->version != BundleVersion::V0_3) continue;
    EXPECT_EQ(parse_bundle(encode(*bundle).value()).value(), *bundle) << one.filename();
  }
}

bool names(const Bundle& bundle, const content::Digest& artifact) {
  if (const auto* message = std::get_if<MessageSignature>(&bundle.content))
    return std::ranges::equal(message->digest, artifact.hash());
  const Statement statement =
      parse_statement(text_of(std::get<Envelope>(bundle.content).payload)).value();
  return std::ranges::any_of(
      statement.subjects, [&](const Subject& subject) { return sha256_of(subject) == artifact; });
}

TEST(SigstoreVectors, NameTheirArtifacts) {
  for (const fs::path& one : cases()) {
    const fs::path own = one / "artifact";
    const auto artifact =
        content::Digest::of(bytes_of(read(fs::exists(own) ? own : folder() / "a.txt")));
    const auto bundle = parse_bundle(read(one / "bundle.sigstore.json"));
    const bool good = !one.filename().string().ends_with("_fail");
    if (bundle && good) {
      EXPECT_TRUE(names(*bundle, artifact)) << one.filename();
    }
    if (one.filename() == "message-digest-mismatch_fail") {
      EXPECT_FALSE(names(bundle.value(), artifact));
    }
  }
}

TEST(SigstoreVectors, AreSignedByTheManagedKeyBesideThem) {
  std::size_t keys = 0;
  for (const fs::path& one : cases()) {
    if (!fs::exists(one / "key.pub")) continue;
    ++keys;
    const crypto::PublicKey key = crypto::PublicKey::from_pem(read(one / "key.pub")).value();
    const Bundle bundle = parse_bundle(read(one / "bundle.sigstore.json")).value();
    const auto& message = std::get<MessageSignature>(bundle.content);
    EXPECT_TRUE(key.verify(bytes_of(read(folder() / "a.txt")), message.signature)) << one;
    EXPECT_FALSE(key.verify(bytes_of("b"), message.signature)) << one;
  }
  EXPECT_GT(keys, 0U);
}

Bytes raw_bytes(const Json& json) {
  return base64_decode(json.at("rawBytes").get<std::string>()).value();
}

// The chains of some authorities of a trusted root: the last of each is trusted.
struct Authorities {
  std::vector<crypto::Certificate> others;
  std::vector<crypto::Certificate> anchors;
};

Authorities authorities(const fs::path& one, const char* kind) {
  const fs::path own = one / "trusted_root.json";
  const Json root =
      Json::parse(read(fs::exists(own) ? own : folder() / "trusted-root-public-good.json"));
  Authorities out;
  for (const Json& authority : root.value(kind, Json::array())) {
    const Json& chain = authority.at("certChain").at("certificates");
    for (const Json& link : chain) {
      auto certificate = crypto::Certificate::from_der(raw_bytes(link)).value();
      (&link == &chain.back() ? out.anchors : out.others).push_back(std::move(certificate));
    }
  }
  return out;
}

const Bytes& signature_of(const Bundle& bundle) {
  if (const auto* message = std::get_if<MessageSignature>(&bundle.content))
    return message->signature;
  return std::get<Envelope>(bundle.content).signatures[0].bytes;
}

Result<std::int64_t> first_timestamp(const fs::path& one, const Bundle& bundle) {
  const Authorities known = authorities(one, "timestampAuthorities");
  return crypto::verify_timestamp(
      {bundle.timestamps.at(0), signature_of(bundle), known.others, known.anchors});
}

// Those that must fail for what their trusted root says of an authority's time hold here.
TEST(SigstoreVectors, HaveTimestampsThatHold) {
  static const std::set<std::string> kBad = {
      "managed-key-no-key_fail",  // by an authority that the trusted root doesn't have
      "rekor2-timestamp-payload-mismatch_fail",
      "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail"};
  std::size_t good = 0;
  for (const fs::path& one : cases()) {
    const auto bundle = parse_bundle(read(one / "bundle.sigstore.json"));
    if (!bundle || bundle->timestamps.empty()) continue;
    const bool holds = first_timestamp(one, *bundle).has_value();
    EXPECT_EQ(holds, !kBad.contains(one.filename())) << one.filename();
    good += holds ? 1 : 0;
  }
  EXPECT_GT(good, 0U);
}

TEST(SigstoreVectors, HaveCertificatesThatHoldWhenTheySigned) {
  std::size_t checked = 0;
  for (const fs::path& one : cases()) {
    const auto bundle = parse_bundle(read(one / "bundle.sigstore.json"));
    if (!bundle || one.filename().string().ends_with("_fail")) continue;
    const auto* chain = std::get_if<CertificateChain>(&bundle->key);
    if (chain == nullptr) continue;
    const auto leaf = crypto::Certificate::from_der(chain->certificates[0]).value();
    const std::int64_t time_s =
        bundle->timestamps.empty()
            ? static_cast<std::int64_t>(bundle->entries.at(0).integrated_time_s)
            : first_timestamp(one, *bundle).value();
    const Authorities known = authorities(one, "certificateAuthorities");
    const auto verify = [&](std::int64_t at_s) {
      return crypto::verify_chain(
          {leaf, known.others, known.anchors, at_s, crypto::ExtendedUsage::CodeSigning});
    };
    EXPECT_TRUE(verify(time_s)) << one.filename() << " " << verify(time_s).error().text;
    EXPECT_FALSE(verify(time_s + 86'400)) << one.filename();
    EXPECT_EQ(leaf.names().size(), 1U) << one.filename();
    ++checked;
  }
  EXPECT_GT(checked, 0U);
}

// --- the verdict ---

constexpr std::string_view kIdentity =
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/"
    "workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
constexpr std::string_view kIssuer = "https://token.actions.githubusercontent.com";

std::string read_or(const fs::path& path, std::string_view otherwise) {
  return fs::exists(path) ? read(path) : std::string(otherwise);
}

// As README.md lays a case out.
Result<Verification> verdict(const fs::path& one) {
  const fs::path root = fs::exists(one / "trusted_root.json")
                            ? one / "trusted_root.json"
                            : folder() / "trusted-root-public-good.json";
  const std::string artifact =
      read(fs::exists(one / "artifact") ? one / "artifact" : folder() / "a.txt");
  const Bundle bundle = TRY(parse_bundle(read(one / "bundle.sigstore.json")));
  const TrustedRoot trusted = TRY(parse_trusted_root(read(root)));
  ExpectedSigner signer = Identity{.name = read_or(one / "identity", kIdentity),
                                   .issuer = read_or(one / "issuer", kIssuer)};
  if (fs::exists(one / "key.pub")) signer = TRY(crypto::PublicKey::from_pem(read(one / "key.pub")));
  const SignedMessage message{.digest = content::Digest::of(bytes_of(artifact)),
                              .bytes = bytes_of(artifact)};
  return verify_bundle({.bundle = bundle, .artifact = message, .root = trusted, .signer = signer});
}

TEST(SigstoreVectors, GetTheRightVerdict) {
  std::size_t good = 0, bad = 0;
  for (const fs::path& one : cases()) {
    const auto result = verdict(one);
    const bool must_fail = one.filename().string().ends_with("_fail");
    EXPECT_EQ(result.has_value(), !must_fail)
        << one.filename() << ": " << (result ? "holds" : result.error().text);
    (must_fail ? bad : good) += 1;
  }
  EXPECT_GE(good, 10U);
  EXPECT_GE(bad, 25U);
}

// Nothing lies there that no test reads.
TEST(SigstoreVectors, AreOfNoOtherKind) {
  const std::vector<std::string> inner = {"bundle.sigstore.json", "README",   "artifact", "key.pub",
                                          "trusted_root.json",    "identity", "issuer"};
  const std::vector<std::string> outer = {"README.md", "a.txt", "trusted-root-public-good.json"};
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    if (entry.is_directory()) continue;
    const auto& known = entry.path().parent_path() == folder() ? outer : inner;
    EXPECT_TRUE(std::ranges::count(known, entry.path().filename().string()) == 1) << entry.path();
    EXPECT_FALSE(read(entry.path()).empty()) << entry.path();
  }
}

}  // namespace
}  // namespace tegula::attest

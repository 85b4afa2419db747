#include "attest/sample_sigstore.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "attest/certificate_log.h"
#include "attest/log_entry.h"
#include "base/base64.h"
#include "base/hex.h"
#include "codec/json.h"
#include "crypto/pem.h"
#include "tlog/checkpoint.h"
#include "tlog/memory_tree.h"
#include "tlog/note.h"

namespace tegula::attest {
namespace {

using codec::Json;
using crypto::KeyType;
using crypto::PrivateKey;

constexpr crypto::Validity kAlways = {crypto::kSampleYears.not_before_s,
                                      std::numeric_limits<std::int64_t>::max()};
constexpr std::string_view kRekor1 = "rekor.example", kRekor2 = "log.example";

PrivateKey made(KeyType type) { return PrivateKey::generate(type).value(); }

Bytes bytes_from(const crypto::Hash256& hash) { return {hash.begin(), hash.end()}; }

void append(Bytes& out, std::uint64_t number, int size) {
  for (int i = size; i > 0; --i) out.push_back(static_cast<std::uint8_t>(number >> (8 * (i - 1))));
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// For contents under 128 bytes, and under 64 KiB.
Bytes der(std::uint8_t tag, ByteView content) {
  Bytes out = {tag};
  if (content.size() < 0x80) {
    append(out, content.size(), 1);
  } else if (content.size() < 0x100) {
    append(out, 0x8100 | content.size(), 2);
  } else {
    append(out, 0x820000 | content.size(), 3);
  }
  append(out, content);
  return out;
}

Statement sample_statement(const std::string& artifact) {
  Statement out;
  out.subjects.push_back(
      {.name = "a", .digest = {{"sha256", content::Digest::of(bytes_of(artifact)).hex()}}});
  out.predicate_type = "https://example.com/predicate/v1";
  return out;
}

TrustedLog log_of(std::string_view url, const Bytes& id, const crypto::PublicKey& key) {
  return {.base_url = std::string(url), .id = id, .key = key, .validity = kAlways};
}

TrustedAuthority authority_of(std::string name, std::vector<crypto::Certificate> chain) {
  return {.common_name = std::move(name), .chain = std::move(chain), .validity = kAlways};
}

// --- bodies of log entries ---

struct BodyParts {
  const Bundle& bundle;
  SignedMessage message;
  const Bytes* certificate;  // or null
  const crypto::PublicKey& key;
};

std::string signer_pem(const BodyParts& parts) {
  const std::string pem = parts.certificate != nullptr
                              ? crypto::pem_encode("CERTIFICATE", *parts.certificate)
                              : parts.key.pem();
  return base64_encode(bytes_of(pem));
}

Bytes signature_of(const Bundle& bundle) {
  const auto* message = std::get_if<MessageSignature>(&bundle.content);
  return message ? message->signature : std::get<Envelope>(bundle.content).signatures[0].bytes;
}

Json sha256_json(const content::Digest& digest) {
  return {{"algorithm", "sha256"}, {"value", digest.hex()}};
}

Json hashedrekord_1(const BodyParts& parts) {
  return {{"data", {{"hash", sha256_json(parts.message.digest)}}},
          {"signature",
           {{"content", base64_encode(signature_of(parts.bundle))},
            {"publicKey", {{"content", signer_pem(parts)}}}}}};
}

Json hashedrekord_2(const BodyParts& parts) {
  Json verifier = {{"keyDetails", "PKIX_ECDSA_P256_SHA_256"}};
  if (parts.certificate != nullptr)
    verifier["x509Certificate"] = {{"rawBytes", base64_encode(*parts.certificate)}};
  else
    verifier["publicKey"] = {{"rawBytes", base64_encode(parts.key.der())}};
  return {{"hashedRekordV002",
           {{"data",
             {{"algorithm", "SHA2_256"}, {"digest", base64_encode(parts.message.digest.hash())}}},
            {"signature",
             {{"content", base64_encode(signature_of(parts.bundle))},
              {"verifier", std::move(verifier)}}}}}};
}

content::Digest payload_digest(const Bundle& bundle) {
  return content::Digest::of(std::get<Envelope>(bundle.content).payload);
}

Json dsse_1(const BodyParts& parts) {
  Json signature = {{"signature", base64_encode(signature_of(parts.bundle))},
                    {"verifier", signer_pem(parts)}};
  return {{"envelopeHash", sha256_json(payload_digest(parts.bundle))},
          {"payloadHash", sha256_json(payload_digest(parts.bundle))},
          {"signatures", Json::array({std::move(signature)})}};
}

Json intoto_2(const BodyParts& parts) {
  const std::string once = base64_encode(signature_of(parts.bundle));
  Json signature = {{"sig", base64_encode(bytes_of(once))}, {"publicKey", signer_pem(parts)}};
  return {{"content",
           {{"envelope",
             {{"payloadType", std::get<Envelope>(parts.bundle.content).payload_type},
              {"signatures", Json::array({std::move(signature)})}}},
            {"hash", sha256_json(payload_digest(parts.bundle))},
            {"payloadHash", sha256_json(payload_digest(parts.bundle))}}}};
}

Bytes body_of(const std::string& kind, const std::string& version, Json spec) {
  const Json body = {{"apiVersion", version}, {"kind", kind}, {"spec", std::move(spec)}};
  const std::string text = codec::canonical_json(body).value();
  return {text.begin(), text.end()};
}

Bytes body_of(const LogEntry& entry, const BodyParts& parts) {
  if (entry.kind == "dsse") return body_of(entry.kind, entry.version, dsse_1(parts));
  if (entry.kind == "intoto") return body_of(entry.kind, entry.version, intoto_2(parts));
  return body_of(entry.kind, entry.version,
                 entry.version == "0.0.1" ? hashedrekord_1(parts) : hashedrekord_2(parts));
}

// Three leaves, the entry in the middle.
constexpr std::uint64_t kIndex = 1, kTreeSize = 3;

tlog::MemoryTree tree_with(const Bytes& body) {
  tlog::MemoryTree out;
  out.append(tlog::leaf_hash(bytes_of("before")));
  out.append(tlog::leaf_hash(body));
  out.append(tlog::leaf_hash(bytes_of("after")));
  return out;
}

}  // namespace

SampleSigstore::SampleSigstore()
    : key_(made(KeyType::P256)),
      stamp_key_(made(KeyType::P256)),
      certificate_log_(made(KeyType::P256)),
      rekor1_(made(KeyType::P256)),
      rekor2_(made(KeyType::Ed25519)),
      witness_signer_(made(KeyType::Ed25519)),
      stamp_certificate_(stamper_.issue({.subject = "stamp", .usage = "critical,timeStamping"},
                                        stamp_key_.public_key())),
      rekor1_key_(tlog::NoteKey::create(std::string(kRekor1), tlog::SignatureType::Ecdsa,
                                        rekor1_.public_key())
                      .value()),
      rekor2_key_(tlog::NoteKey::create(std::string(kRekor2), tlog::SignatureType::Ed25519,
                                        rekor2_.public_key())
                      .value()),
      witness_key_(tlog::NoteKey::create("witness.example", tlog::SignatureType::Cosignature,
                                         witness_signer_.public_key())
                       .value()) {}

const crypto::PublicKey& SampleSigstore::log_key(SampleLog log) const {
  return (log == SampleLog::Rekor1 ? rekor1_ : rekor2_).public_key();
}

SignedMessage SampleSigstore::message(const std::string& artifact) {
  return {.digest = content::Digest::of(bytes_of(artifact)), .bytes = bytes_of(artifact)};
}

TrustedRoot SampleSigstore::root() const {
  TrustedRoot out;
  out.logs = {
      log_of("https://rekor.example", bytes_from(rekor1_key_.hash()), rekor1_.public_key()),
      log_of("https://log.example/a", bytes_from(rekor2_key_.hash()), rekor2_.public_key())};
  out.certificate_authorities = {authority_of("ca", {issuer_.certificate(), top_.certificate()})};
  out.certificate_logs = {log_of("https://ct.example",
                                 bytes_from(crypto::sha256(certificate_log_.public_key().der())),
                                 certificate_log_.public_key())};
  out.timestamp_authorities = {authority_of("tsa", {stamp_certificate_, stamper_.certificate()})};
  return out;
}

// RFC 6962 §3.3: a list of one, in an octet string.
Bytes SampleSigstore::certificate_timestamp(const crypto::Certificate& without) const {
  CertificateTimestamp stamp{.log_id = crypto::sha256(certificate_log_.public_key().der()),
                             .time_ms = static_cast<std::uint64_t>(kSampleTime) * 1000,
                             .algorithm = 0x0403};
  const Bytes signature =
      certificate_log_.sign(signed_bytes(stamp, without, issuer_.certificate().public_key_hash()))
          .value();
  Bytes one = {0};
  append(one, stamp.log_id);
  append(one, stamp.time_ms, 8);
  append(one, 0, 2);
  append(one, stamp.algorithm, 2);
  append(one, signature.size(), 2);
  append(one, signature);
  Bytes list;
  append(list, one.size() + 2, 2);
  append(list, one.size(), 2);
  append(list, one);
  return der(0x04, list);
}

crypto::Certificate SampleSigstore::certificate(const SamplePlan& plan) const {
  crypto::CertificatePlan out{.subject = {},
                              .validity = {plan.time_s - 60, plan.time_s + 540},
                              .usage = "codeSigning",
                              .names = plan.names};
  if (!plan.issuer.empty())
    out.extensions.emplace_back("1.3.6.1.4.1.57264.1.8", der(0x0C, bytes_of(plan.issuer)));
  crypto::Certificate without = issuer_.issue(out, key_.public_key());
  if (!plan.has_certificate_timestamp) return without;
  out.extensions.emplace_back(std::string(kCertificateTimestampsOid),
                              certificate_timestamp(without));
  return issuer_.issue(out, key_.public_key());
}

std::string SampleSigstore::origin(SampleLog log) const {
  return log == SampleLog::Rekor1 ? std::string(kRekor1) + " - 1234" : std::string(kRekor2);
}

std::string SampleSigstore::checkpoint(SampleLog log, const Bytes& body) const {
  const std::string text =
      encode(tlog::Checkpoint{.origin = origin(log), .head = tree_with(body).head(kTreeSize)});
  tlog::Note note{.text = text, .signatures = {}};
  const bool is_first = log == SampleLog::Rekor1;
  note.signatures.push_back(
      tlog::sign_note(text, is_first ? rekor1_key_ : rekor2_key_, is_first ? rekor1_ : rekor2_)
          .value());
  note.signatures.push_back(
      tlog::cosign_note(text, kSampleTime, witness_key_, witness_signer_).value());
  return encode(note);
}

void SampleSigstore::add_entry(const SamplePlan& plan, SampleLog log, Bundle& bundle) const {
  const bool is_first = log == SampleLog::Rekor1;
  LogEntry entry;
  entry.log_index = is_first ? 1000 + kIndex : kIndex;
  entry.log_id = bytes_from((is_first ? rekor1_key_ : rekor2_key_).hash());
  entry.kind = "hashedrekord";
  entry.version = is_first ? "0.0.1" : "0.0.2";
  if (const auto blank = plan.entry_kind.find(' '); blank != std::string::npos) {
    entry.kind = plan.entry_kind.substr(0, blank);
    entry.version = plan.entry_kind.substr(blank + 1);
  }
  const auto* chain = std::get_if<CertificateChain>(&bundle.key);
  const Envelope* envelope = std::get_if<Envelope>(&bundle.content);
  const Bytes encoding = envelope != nullptr ? signed_bytes(*envelope) : Bytes();
  entry.body =
      body_of(entry, {.bundle = bundle,
                      .message = envelope != nullptr
                                     ? SignedMessage{.digest = content::Digest::of(encoding)}
                                     : message(plan.artifact),
                      .certificate = chain != nullptr ? &chain->certificates[0] : nullptr,
                      .key = key_.public_key()});
  tlog::MemoryTree tree = tree_with(entry.body);
  entry.proof = InclusionProof{.log_index = kIndex, .tree_size = kTreeSize};
  entry.proof->hashes = tlog::prove_inclusion(tree, kIndex, kTreeSize).value();
  entry.proof->checkpoint = checkpoint(log, entry.body);
  if (is_first) {
    entry.integrated_time_s = static_cast<std::uint64_t>(plan.time_s);
    entry.promise = rekor1_.sign(bytes_of(promised_text(entry))).value();
  }
  bundle.entries.push_back(std::move(entry));
}

Bundle SampleSigstore::bundle(const SamplePlan& plan) const {
  Bundle out;
  if (plan.has_certificate) {
    CertificateChain chain;
    chain.certificates.push_back(certificate(plan).der());
    out.key = std::move(chain);
  } else {
    out.key = KeyHint{.hint = base64_encode(crypto::sha256(key_.public_key().der()))};
  }
  if (plan.is_statement || plan.statement) {
    const Statement statement = plan.statement.value_or(sample_statement(plan.artifact));
    const std::string text = encode(statement).value();
    out.content =
        sign_envelope(std::string(kInTotoPayloadType), {text.begin(), text.end()}, key_).value();
  } else {
    const auto digest = crypto::sha256(bytes_of(plan.artifact));
    out.content = MessageSignature{.algorithm = "SHA2_256",
                                   .digest = bytes_from(digest),
                                   .signature = key_.sign(bytes_of(plan.artifact)).value()};
  }
  if (plan.has_timestamp)
    out.timestamps.push_back(crypto::sample_timestamp(
        {.message = signature_of(out),
         .time_s = plan.stamp_time_s != 0 ? plan.stamp_time_s : plan.time_s,
         .signer = stamp_certificate_,
         .key = stamp_key_}));
  if (plan.log) add_entry(plan, *plan.log, out);
  return out;
}

}  // namespace tegula::attest

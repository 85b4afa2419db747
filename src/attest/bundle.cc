#include "attest/bundle.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "base/base64.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using codec::Json;

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

std::unexpected<Error> no_bundle(std::string why) { return fail(Code::Corrupt, std::move(why)); }

Result<BundleVersion> version_of(const std::string& media_type) {
  constexpr std::string_view kOld = "application/vnd.dev.sigstore.bundle+json;version=";
  if (media_type == std::string(kOld) + "0.1") return BundleVersion::V0_1;
  if (media_type == std::string(kOld) + "0.2") return BundleVersion::V0_2;
  if (media_type == kMediaType || media_type == std::string(kOld) + "0.3")
    return BundleVersion::V0_3;
  return fail(Code::Unsupported,
              fmt::format("\"{}\" is no bundle that can be read here", printable(media_type)),
              fmt::format("versions 0.1 to 0.3 can, such as {}", kMediaType));
}

// A message with one member of bytes, and that not empty: {"rawBytes": …} and its like.
Result<Bytes> only_bytes(const Json& json, std::string_view name) {
  const ProtoObject object = TRY(ProtoObject::of(json, {name}));
  Bytes out = TRY(object.bytes(name));
  if (out.empty()) return no_bundle(fmt::format("\"{}\" is empty", name));
  return out;
}

Result<std::string> only_text(const Json& json, std::string_view name) {
  const ProtoObject object = TRY(ProtoObject::of(json, {name}));
  return object.text(name);
}

// Exactly one member of a oneof; its place among the names.
Result<std::size_t> one_of(const ProtoObject& object,
                           std::initializer_list<std::string_view> names) {
  const auto is_there = [&](std::string_view name) { return object.find(name) != nullptr; };
  if (std::ranges::count_if(names, is_there) == 1)
    return std::ranges::find_if(names, is_there) - names.begin();
  std::string list;
  for (const std::string_view name : names) list += fmt::format(" \"{}\"", name);
  return no_bundle(fmt::format("expected exactly one of{}", list));
}

Result<CertificateChain> parse_chain(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"certificates"}));
  CertificateChain out{.certificates = {}, .as_chain = true};
  for (const Json* one : TRY(object.list("certificates", limits::kBundleCertificatesMax)))
    out.certificates.push_back(TRY(only_bytes(*one, "rawBytes")));
  if (out.certificates.empty()) return no_bundle("the certificate chain is empty");
  return out;
}

Result<std::variant<CertificateChain, KeyHint>> parse_key(const ProtoObject& material) {
  switch (TRY(one_of(material, {"certificate", "publicKey", "x509CertificateChain"}))) {
    case 0: {
      Bytes leaf = TRY(only_bytes(*material.find("certificate"), "rawBytes"), "certificate");
      CertificateChain chain;
      chain.certificates.push_back(std::move(leaf));
      return chain;
    }
    case 1: {
      std::string hint = TRY(only_text(*material.find("publicKey"), "hint"), "publicKey");
      return KeyHint{.hint = std::move(hint)};
    }
    default: return TRY(parse_chain(*material.find("x509CertificateChain")));
  }
}

Result<tlog::Proof> parse_hashes(const ProtoObject& object) {
  tlog::Proof out;
  for (const Json* one : TRY(object.list("hashes", limits::kLogProofHashesMax))) {
    const auto bytes =
        one->is_string() ? base64_decode(one->get_ref<const std::string&>()) : Result<Bytes>();
    tlog::Hash256 hash;
    if (!bytes || bytes->size() != hash.size())
      return no_bundle("a hash of the proof is not 32 bytes in base64");
    std::ranges::copy(*bytes, hash.begin());
    out.push_back(hash);
  }
  return out;
}

Result<InclusionProof> parse_proof(const Json& json) {
  const ProtoObject object =
      TRY(ProtoObject::of(json, {"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"}));
  InclusionProof out;
  out.log_index = TRY(object.number("logIndex"));
  out.root = TRY(object.bytes("rootHash"));
  out.tree_size = TRY(object.number("treeSize"));
  out.hashes = TRY(parse_hashes(object));
  if (const Json* checkpoint = object.find("checkpoint"))
    out.checkpoint = TRY(only_text(*checkpoint, "envelope"), "checkpoint");
  return out;
}

Result<void> parse_kind(const Json& json, LogEntry& out) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"kind", "version"}));
  out.kind = TRY(object.text("kind"));
  out.version = TRY(object.text("version"));
  return {};
}

Result<LogEntry> parse_entry(const Json& json) {
  const ProtoObject object =
      TRY(ProtoObject::of(json, {"logIndex", "logId", "kindVersion", "integratedTime",
                                 "inclusionPromise", "inclusionProof", "canonicalizedBody"}));
  LogEntry out;
  out.log_index = TRY(object.number("logIndex"));
  out.integrated_time_s = TRY(object.number("integratedTime"));
  out.body = TRY(object.bytes("canonicalizedBody"));
  if (const Json* id = object.find("logId")) out.log_id = TRY(only_bytes(*id, "keyId"), "logId");
  if (const Json* kind = object.find("kindVersion")) TRY(parse_kind(*kind, out), "kindVersion");
  if (const Json* promise = object.find("inclusionPromise"))
    out.promise = TRY(only_bytes(*promise, "signedEntryTimestamp"), "inclusionPromise");
  if (const Json* proof = object.find("inclusionProof"))
    out.proof = TRY(parse_proof(*proof), "inclusionProof");
  if (out.log_id.empty() || out.kind.empty() || out.version.empty() || out.body.empty())
    return no_bundle("a log entry without log, kind, version or body");
  return out;
}

// What each version asks of its entries, since it is what the log gave at its time.
Result<void> check_entry(BundleVersion version, const LogEntry& entry) {
  if (version == BundleVersion::V0_1 && entry.promise.empty())
    return no_bundle("version 0.1 wants an inclusion promise");
  if (version != BundleVersion::V0_1 && !entry.proof)
    return no_bundle("versions from 0.2 want an inclusion proof");
  return {};
}

Result<std::vector<LogEntry>> parse_entries(BundleVersion version, const ProtoObject& material) {
  std::vector<LogEntry> out;
  for (const Json* one : TRY(material.list("tlogEntries", limits::kBundleLogEntriesMax))) {
    LogEntry entry = TRY(parse_entry(*one), fmt::format("log entry {}", out.size() + 1));
    TRY(check_entry(version, entry), fmt::format("log entry {}", out.size() + 1));
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<Bytes>> parse_timestamps(const ProtoObject& material) {
  std::vector<Bytes> out;
  const Json* data = material.find("timestampVerificationData");
  if (data == nullptr) return out;
  const ProtoObject object = TRY(ProtoObject::of(*data, {"rfc3161Timestamps"}));
  for (const Json* one : TRY(object.list("rfc3161Timestamps", limits::kBundleTimestampsMax)))
    out.push_back(TRY(only_bytes(*one, "signedTimestamp"), "timestamp"));
  return out;
}

Result<void> parse_digest(const Json& json, MessageSignature& out) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"algorithm", "digest"}));
  out.algorithm = TRY(object.text("algorithm"));
  out.digest = TRY(object.bytes("digest"));
  return {};
}

Result<MessageSignature> parse_message_signature(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"messageDigest", "signature"}));
  MessageSignature out;
  out.signature = TRY(object.bytes("signature"));
  if (const Json* digest = object.find("messageDigest"))
    TRY(parse_digest(*digest, out), "messageDigest");
  if (out.signature.empty()) return no_bundle("the signature is empty");
  return out;
}

Result<std::variant<MessageSignature, Envelope>> parse_content(const ProtoObject& bundle) {
  if (TRY(one_of(bundle, {"messageSignature", "dsseEnvelope"})) == 0)
    return TRY(parse_message_signature(*bundle.find("messageSignature")), "messageSignature");
  Envelope envelope = TRY(parse_envelope(*bundle.find("dsseEnvelope")), "dsseEnvelope");
  if (envelope.signatures.size() != 1)
    return no_bundle(
        fmt::format("expected one signature in the envelope, got {}", envelope.signatures.size()));
  return envelope;
}

Result<Bundle> parse_members(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(
      json, {"mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"}));
  Bundle out;
  out.version = TRY(version_of(TRY(object.text("mediaType"))));
  const Json* found = object.find("verificationMaterial");
  if (found == nullptr) return no_bundle("there is no verification material");
  const ProtoObject material =
      TRY(ProtoObject::of(*found, {"certificate", "publicKey", "x509CertificateChain",
                                   "tlogEntries", "timestampVerificationData"}),
          "verificationMaterial");
  out.key = TRY(parse_key(material));
  out.entries = TRY(parse_entries(out.version, material));
  out.timestamps = TRY(parse_timestamps(material));
  out.content = TRY(parse_content(object));
  return out;
}

// --- writing ---

Json in_bytes(std::string_view name, const Bytes& bytes) {
  return {{std::string(name), base64_encode(bytes)}};
}

Json proof_json(const InclusionProof& proof) {
  Json hashes = Json::array();
  for (const tlog::Hash256& hash : proof.hashes) hashes.push_back(base64_encode(hash));
  Json out = {{"logIndex", fmt::to_string(proof.log_index)},
              {"rootHash", base64_encode(proof.root)},
              {"treeSize", fmt::to_string(proof.tree_size)},
              {"hashes", std::move(hashes)}};
  if (!proof.checkpoint.empty()) out["checkpoint"] = {{"envelope", proof.checkpoint}};
  return out;
}

Json entry_json(const LogEntry& entry) {
  Json out = {{"logIndex", fmt::to_string(entry.log_index)},
              {"logId", in_bytes("keyId", entry.log_id)},
              {"kindVersion", {{"kind", entry.kind}, {"version", entry.version}}},
              {"integratedTime", fmt::to_string(entry.integrated_time_s)},
              {"canonicalizedBody", base64_encode(entry.body)}};
  if (!entry.promise.empty())
    out["inclusionPromise"] = in_bytes("signedEntryTimestamp", entry.promise);
  if (entry.proof) out["inclusionProof"] = proof_json(*entry.proof);
  return out;
}

void add_key(const std::variant<CertificateChain, KeyHint>& key, Json& material) {
  if (const auto* hint = std::get_if<KeyHint>(&key)) {
    material["publicKey"] = {{"hint", hint->hint}};
    return;
  }
  Json certificates = Json::array();
  for (const Bytes& one : std::get<CertificateChain>(key).certificates)
    certificates.push_back(in_bytes("rawBytes", one));
  if (std::get<CertificateChain>(key).as_chain)
    material["x509CertificateChain"] = {{"certificates", std::move(certificates)}};
  else
    material["certificate"] = std::move(certificates[0]);
}

Json material_json(const Bundle& bundle) {
  Json out = {{"tlogEntries", Json::array()}};
  for (const LogEntry& entry : bundle.entries) out["tlogEntries"].push_back(entry_json(entry));
  add_key(bundle.key, out);
  if (bundle.timestamps.empty()) return out;
  Json timestamps = Json::array();
  for (const Bytes& one : bundle.timestamps) timestamps.push_back(in_bytes("signedTimestamp", one));
  out["timestampVerificationData"] = {{"rfc3161Timestamps", std::move(timestamps)}};
  return out;
}

Json signature_json(const MessageSignature& message) {
  Json out = in_bytes("signature", message.signature);
  out["messageDigest"] = {{"algorithm", message.algorithm},
                          {"digest", base64_encode(message.digest)}};
  return out;
}

Result<void> check_writable(const Bundle& bundle) {
  const auto* chain = std::get_if<CertificateChain>(&bundle.key);
  if (chain != nullptr && !chain->as_chain && chain->certificates.size() != 1)
    return fail(Code::InvalidArgument, "several certificates are a chain");
  if (!std::ranges::all_of(bundle.entries, [](const LogEntry& e) { return e.proof.has_value(); }))
    return fail(Code::InvalidArgument, "a bundle of version 0.3 has a proof for each log entry");
  return {};
}

}  // namespace

Result<LogEntry> parse_log_entry(std::string_view text) {
  const Json json = TRY(parse_foreign_json(text, {.bytes_max = limits::kBundleBytesMax,
                                                  .depth_max = limits::kBundleDepthMax}),
                        "log entry");
  LogEntry out = TRY(parse_entry(json), "log entry");
  TRY(check_entry(BundleVersion::V0_3, out), "log entry");
  return out;
}

Result<Bundle> parse_bundle(std::string_view text) {
  const Json json = TRY(parse_foreign_json(text, {.bytes_max = limits::kBundleBytesMax,
                                                  .depth_max = limits::kBundleDepthMax}),
                        "bundle");
  return TRY(parse_members(json), "bundle");
}

Result<std::string> encode(const Bundle& bundle) {
  TRY(check_writable(bundle));
  Json out = {{"mediaType", kMediaType}, {"verificationMaterial", material_json(bundle)}};
  if (const auto* message = std::get_if<MessageSignature>(&bundle.content))
    out["messageSignature"] = signature_json(*message);
  else
    out["dsseEnvelope"] = encode(std::get<Envelope>(bundle.content));
  return codec::canonical_json(out);
}

}  // namespace tegula::attest

#include "attest/log_body.h"

#include <algorithm>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/printable.h"
#include "crypto/pem.h"
#include "crypto/sha512.h"

namespace tegula::attest {
namespace {

using codec::Json;

std::unexpected<Error> about_another(std::string_view what) {
  return fail(Code::Untrusted, fmt::format("the log entry is about another {}", what),
              "an entry of somebody else's signature proves nothing about this one");
}

Result<ProtoObject> member(const ProtoObject& object, std::string_view name,
                           std::initializer_list<std::string_view> names) {
  const Json* found = object.find(name);
  if (found == nullptr) return fail(Code::Corrupt, fmt::format("there is no \"{}\"", name));
  return TRY(ProtoObject::of(*found, names), name);
}

// The message's digest by whatever the entry has it in.
Result<Bytes> digest_by(std::string_view algorithm, const SignedMessage& message) {
  if (algorithm == "sha256" || algorithm == "SHA2_256")
    return Bytes(message.digest.hash().begin(), message.digest.hash().end());
  const bool is_384 = algorithm == "sha384" || algorithm == "SHA2_384";
  const bool is_512 = algorithm == "sha512" || algorithm == "SHA2_512";
  if (!is_384 && !is_512)
    return fail(Code::Unsupported,
                fmt::format("the log entry has a digest by \"{}\"", printable(algorithm)));
  if (!message.bytes)
    return fail(Code::Unsupported,
                fmt::format("the log entry has a digest by {}, and only the SHA-256 is known",
                            printable(algorithm)),
                "give the file itself");
  return is_384 ? crypto::sha384(*message.bytes) : crypto::sha512(*message.bytes);
}

Result<void> check_signature(ByteView logged, const LoggedContent& content) {
  if (std::ranges::equal(logged, content.signature)) return {};
  return about_another("signature");
}

// PEM of the certificate or the key, as the first version of Rekor has signers.
Result<void> check_signer(const Bytes& pem, const LoggedContent& content) {
  const bool is_certificate = !content.certificate.empty();
  const auto der = crypto::pem_decode(is_certificate ? "CERTIFICATE" : "PUBLIC KEY", text_of(pem));
  const ByteView want = is_certificate ? content.certificate : content.key;
  if (der && std::ranges::equal(*der, want)) return {};
  return about_another("signer");
}

// {"algorithm": "sha256", "value": hexadecimal}
Result<void> check_hash(const ProtoObject& parent, std::string_view name,
                        const SignedMessage& message, std::string_view what) {
  const ProtoObject hash = TRY(member(parent, name, {"algorithm", "value"}));
  const Bytes want = TRY(digest_by(TRY(hash.text("algorithm")), message));
  if (TRY(hash.text("value")) == hex_encode(want)) return {};
  return about_another(what);
}

// The one item of a list.
Result<const Json*> only_item(const ProtoObject& object, std::string_view name) {
  const auto items = TRY(object.list(name, limits::kEnvelopeSignaturesMax));
  if (items.size() == 1) return items[0];
  return fail(Code::Untrusted,
              fmt::format("\"{}\" has {} items where the envelope has one", name, items.size()));
}

Result<void> check_hashedrekord_1(const ProtoObject& body, const LoggedContent& content) {
  const ProtoObject spec = TRY(member(body, "spec", {"data", "signature"}));
  const ProtoObject data = TRY(member(spec, "data", {"hash"}));
  TRY(check_hash(data, "hash", content.message, "artifact"));
  const ProtoObject signature = TRY(member(spec, "signature", {"content", "publicKey"}));
  TRY(check_signature(TRY(signature.bytes("content")), content));
  const ProtoObject key = TRY(member(signature, "publicKey", {"content"}));
  return check_signer(TRY(key.bytes("content")), content);
}

Result<void> check_verifier(const ProtoObject& signature, const LoggedContent& content) {
  const ProtoObject verifier =
      TRY(member(signature, "verifier", {"keyDetails", "x509Certificate", "publicKey"}));
  const bool is_certificate = !content.certificate.empty();
  const std::string_view name = is_certificate ? "x509Certificate" : "publicKey";
  if (verifier.find(name) == nullptr) return about_another("signer");
  const ProtoObject raw = TRY(member(verifier, name, {"rawBytes"}));
  if (std::ranges::equal(TRY(raw.bytes("rawBytes")),
                         is_certificate ? content.certificate : content.key))
    return {};
  return about_another("signer");
}

Result<void> check_hashedrekord_2(const ProtoObject& body, const LoggedContent& content) {
  const ProtoObject spec = TRY(member(body, "spec", {"hashedRekordV002"}));
  const ProtoObject entry = TRY(member(spec, "hashedRekordV002", {"data", "signature"}));
  const ProtoObject data = TRY(member(entry, "data", {"algorithm", "digest"}));
  if (TRY(data.bytes("digest")) != TRY(digest_by(TRY(data.text("algorithm")), content.message)))
    return about_another("artifact");
  const ProtoObject signature = TRY(member(entry, "signature", {"content", "verifier"}));
  TRY(check_signature(TRY(signature.bytes("content")), content));
  return check_verifier(signature, content);
}

SignedMessage payload_of(const Envelope& envelope) {
  return {.digest = content::Digest::of(envelope.payload), .bytes = envelope.payload};
}

// The envelope's own hash is over one of its many spellings, and proves nothing more.
Result<void> check_dsse(const ProtoObject& body, const LoggedContent& content) {
  const ProtoObject spec = TRY(member(body, "spec", {"envelopeHash", "payloadHash", "signatures"}));
  TRY(check_hash(spec, "payloadHash", payload_of(*content.envelope), "payload"));
  const ProtoObject signature =
      TRY(ProtoObject::of(*TRY(only_item(spec, "signatures")), {"signature", "verifier"}));
  TRY(check_signature(TRY(signature.bytes("signature")), content));
  return check_signer(TRY(signature.bytes("verifier")), content);
}

// The log has the signature's base64 in base64.
Result<void> check_intoto(const ProtoObject& body, const LoggedContent& content) {
  const ProtoObject spec = TRY(member(body, "spec", {"content"}));
  const ProtoObject inner = TRY(member(spec, "content", {"envelope", "hash", "payloadHash"}));
  TRY(check_hash(inner, "payloadHash", payload_of(*content.envelope), "payload"));
  const ProtoObject envelope =
      TRY(member(inner, "envelope", {"payload", "payloadType", "signatures"}));
  if (TRY(envelope.text("payloadType")) != content.envelope->payload_type)
    return about_another("payload type");
  const ProtoObject signature =
      TRY(ProtoObject::of(*TRY(only_item(envelope, "signatures")), {"publicKey", "sig", "keyid"}));
  const Bytes twice = TRY(signature.bytes("sig"));
  if (text_of(twice) != base64_encode(content.signature)) return about_another("signature");
  return check_signer(TRY(signature.bytes("publicKey")), content);
}

struct Kind {
  std::string_view kind, version;
  bool is_of_envelope;  // and of nothing else
  Result<void> (*check)(const ProtoObject&, const LoggedContent&);
};
constexpr Kind kKinds[] = {
    {"hashedrekord", "0.0.1", false, check_hashedrekord_1},
    {"hashedrekord", "0.0.2", false, check_hashedrekord_2},
    {"dsse", "0.0.1", true, check_dsse},
    {"intoto", "0.0.2", true, check_intoto},
};

}  // namespace

Result<void> check_log_body(const LogEntry& entry, const LoggedContent& content) {
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& one) {
    return one.kind == entry.kind && one.version == entry.version;
  });
  if (kind == std::end(kKinds))
    return fail(Code::Unsupported,
                fmt::format("log entries of the kind {} {} can't be checked", printable(entry.kind),
                            printable(entry.version)),
                "known are hashedrekord 0.0.1 and 0.0.2, dsse 0.0.1, intoto 0.0.2");
  if (kind->is_of_envelope && content.envelope == nullptr) return about_another("kind of content");
  const Json json = TRY(parse_foreign_json(text_of(entry.body)), "log entry");
  const ProtoObject body = TRY(ProtoObject::of(json, {"apiVersion", "kind", "spec"}), "log entry");
  if (TRY(body.text("kind"), "log entry") != entry.kind ||
      TRY(body.text("apiVersion"), "log entry") != entry.version)
    return fail(Code::Untrusted, "the log entry is of another kind than the bundle says");
  return kind->check(body, content);
}

}  // namespace tegula::attest

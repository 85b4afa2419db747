// In the order of the Sigstore client specification: times first, since everything else is asked
// for its state at those times, then the certificate, the signature, the log, and last what was
// signed. Whoever is unknown is ignored, whoever is known and wrong refuses the bundle: a forger
// could leave the former out, and would not put the latter in.
#include "attest/verifier.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "attest/valid_for.h"
#include "base/printable.h"
#include "crypto/timestamp.h"

namespace tegula::attest {
namespace {

using crypto::Certificate;
using crypto::PublicKey;

ByteView signature_of(const Bundle& bundle) {
  if (const auto* message = std::get_if<MessageSignature>(&bundle.content))
    return message->signature;
  return std::get<Envelope>(bundle.content).signatures[0].bytes;
}

const Envelope* envelope_of(const Bundle& bundle) { return std::get_if<Envelope>(&bundle.content); }

// --- times ---

std::optional<ProvenTime> time_from(ByteView stamp, ByteView signature,
                                    const TrustedAuthority& authority) {
  if (authority.chain.empty()) return std::nullopt;
  const std::span<const Certificate> chain(authority.chain);
  const bool has_signer = !chain[0].is_authority();
  const auto time_s = crypto::verify_timestamp({.response = stamp,
                                                .message = signature,
                                                .certificates = chain.first(chain.size() - 1),
                                                .anchors = chain.last(1),
                                                .signer = has_signer ? &chain[0] : nullptr});
  if (!time_s || !authority.validity.contains(*time_s)) return std::nullopt;
  return ProvenTime{.source = ProvenTime::Source::TimestampAuthority,
                    .by = name_of(authority),
                    .time_s = *time_s};
}

std::optional<ProvenTime> time_of(ByteView stamp, const VerifyRequest& request) {
  for (const TrustedAuthority& authority : request.root.timestamp_authorities)
    if (auto time = time_from(stamp, signature_of(request.bundle), authority)) return time;
  return std::nullopt;
}

Result<void> check_timestamps(const VerifyRequest& request, Verification& out) {
  std::set<std::string> voices;
  for (const Bytes& stamp : request.bundle.timestamps) {
    auto time = time_of(stamp, request);
    if (!time) {
      ++out.ignored_timestamps;
      continue;
    }
    voices.insert(time->by);
    out.times.push_back(std::move(*time));
  }
  if (voices.size() >= request.requirements.timestamps) return {};
  return fail(
      Code::Untrusted,
      fmt::format("{} of the bundle's {} timestamps hold, but {} are wanted", voices.size(),
                  request.bundle.timestamps.size(), request.requirements.timestamps),
      "a timestamp is over the signature, by an authority of the trusted root, in its time");
}

// --- logs ---

bool is_in_policy(const TrustedLog& log, const tlog::Policy* policy) {
  if (policy == nullptr || policy->logs.empty()) return true;
  return std::ranges::any_of(policy->logs,
                             [&](const tlog::PolicyLog& one) { return one.key.key() == *log.key; });
}

// Null for a log that nobody here knows, or whose key can't be checked.
const TrustedLog* find_log(const LogEntry& entry, const VerifyRequest& request) {
  const auto is_it = [&](const TrustedLog& log) {
    return log.id == entry.log_id && log.key && is_in_policy(log, request.policy);
  };
  const auto found = std::ranges::find_if(request.root.logs, is_it);
  return found == request.root.logs.end() ? nullptr : &*found;
}

// A log that has no times of its own is to be trusted at those that others prove.
Result<void> check_log_validity(const TrustedLog& log, const VerifiedEntry& entry,
                                const std::vector<ProvenTime>& times) {
  if (entry.time_s) return {};  // checked with the promise
  const auto is_outside = [&](const ProvenTime& time) {
    return !log.validity.contains(time.time_s);
  };
  if (std::ranges::any_of(times, is_outside))
    return fail(Code::Untrusted,
                fmt::format("the key of {} was not to be trusted at {}", printable(log.base_url),
                            time_text(std::ranges::find_if(times, is_outside)->time_s)));
  if (times.empty() && !is_open(log.validity))
    return fail(
        Code::Untrusted,
        fmt::format("the key of {} has expired, and nothing proves that the bundle is older",
                    printable(log.base_url)));
  return {};
}

Result<void> check_entry(const LogEntry& entry, const VerifyRequest& request,
                         std::set<const TrustedLog*>& voices, Verification& out) {
  const TrustedLog* log = find_log(entry, request);
  if (log == nullptr) {
    ++out.ignored_entries;
    return {};
  }
  voices.insert(log);
  VerifiedEntry verified = TRY(verify_log_entry(entry, *log, request.policy));
  if (std::ranges::any_of(out.entries, [&](const VerifiedEntry& other) {
        return other.log == verified.log && other.index == verified.index;
      }))
    return fail(Code::Untrusted, "it stands there twice");
  out.entries.push_back(std::move(verified));
  return {};
}

Result<void> check_entries(const VerifyRequest& request, Verification& out) {
  std::set<const TrustedLog*> voices;
  for (std::size_t i = 0; i < request.bundle.entries.size(); ++i)
    TRY(check_entry(request.bundle.entries[i], request, voices, out),
        fmt::format("log entry {}", i + 1));
  if (voices.size() >= request.requirements.logs) return {};
  if (out.ignored_entries > 0)
    return fail(Code::Untrusted, "the bundle's log entries are of logs that are not known here",
                "are these the trusted root and the log policy that go with it?");
  return fail(Code::Untrusted,
              fmt::format("the bundle is in {} logs, but {} are wanted", voices.size(),
                          request.requirements.logs),
              "what isn't in a log can have been signed in secret");
}

// The times that logs vouch for, and the validity of those that vouch for none.
Result<void> check_log_times(const VerifyRequest& request, Verification& out) {
  const std::vector<ProvenTime> stamped = out.times;
  std::size_t number = 0;
  for (const LogEntry& entry : request.bundle.entries) {
    const TrustedLog* log = find_log(entry, request);
    if (log == nullptr) continue;
    const VerifiedEntry& verified = out.entries[number++];
    TRY(check_log_validity(*log, verified, stamped));
    if (verified.time_s)
      out.times.push_back(
          {.source = ProvenTime::Source::Log, .by = verified.log, .time_s = *verified.time_s});
  }
  return {};
}

// --- the signer ---

Result<std::vector<Certificate>> parse_certificates(const CertificateChain& chain) {
  std::vector<Certificate> out;
  for (const Bytes& der : chain.certificates)
    out.push_back(TRY(Certificate::from_der(der), fmt::format("certificate {}", out.size() + 1)));
  return out;
}

// A root in the bundle would vouch for itself. Version 0.3 has a chain in model signatures alone.
Result<void> check_form(const VerifyRequest& request, const std::vector<Certificate>& certificates,
                        const Verification& out) {
  for (const Certificate& one : std::span(certificates).subspan(1))
    if (one.is_self_issued())
      return fail(Code::Untrusted, "the bundle brings its own root certificate",
                  "roots are the verifier's: they go into the trusted root");
  if (request.bundle.version == BundleVersion::V0_3 &&
      std::get<CertificateChain>(request.bundle.key).as_chain && !out.model_signature)
    return fail(Code::Untrusted, "a bundle of version 0.3 has one certificate, not a chain");
  return {};
}

Result<std::vector<Certificate>> chain_below(const std::vector<Certificate>& certificates,
                                             const TrustedAuthority& authority,
                                             std::int64_t time_s) {
  std::vector<Certificate> hints(authority.chain.begin(), authority.chain.end() - 1);
  hints.insert(hints.end(), certificates.begin() + 1, certificates.end());
  return crypto::verify_chain({.leaf = certificates[0],
                               .intermediates = hints,
                               .anchors = std::span(authority.chain).last(1),
                               .time_s = time_s,
                               .usage = crypto::ExtendedUsage::CodeSigning});
}

Result<std::vector<Certificate>> chain_at(const std::vector<Certificate>& certificates,
                                          const TrustedRoot& root, std::int64_t time_s) {
  Error last = fail(Code::Untrusted,
                    "no certificate authority of the trusted root was to be "
                    "trusted then")
                   .error();
  for (const TrustedAuthority& authority : root.certificate_authorities) {
    if (authority.chain.empty() || !authority.validity.contains(time_s)) continue;
    auto chain = chain_below(certificates, authority, time_s);
    if (chain && chain->size() > 1) return chain;
    if (!chain) last = std::move(chain).error();
  }
  return std::unexpected(std::move(last).within(fmt::format("at {}", time_text(time_s))));
}

// At every time that is proven, since one good time of several says nothing about the others.
Result<std::vector<Certificate>> check_chain(const VerifyRequest& request,
                                             const std::vector<Certificate>& certificates,
                                             const std::vector<ProvenTime>& times) {
  if (times.empty() && !request.assumed_time_s)
    return fail(Code::Untrusted, "nothing proves when the bundle was signed",
                "a certificate of minutes is good only with a timestamp or a log's promise");
  if (times.empty()) return chain_at(certificates, request.root, *request.assumed_time_s);
  std::vector<Certificate> out;
  for (const ProvenTime& time : times) out = TRY(chain_at(certificates, request.root, time.time_s));
  return out;
}

Result<void> check_certificate_logs(const VerifyRequest& request, Verification& out) {
  out.certificate_logs = TRY(verify_certificate_logged(
      *out.certificate, out.chain[1].public_key_hash(), request.root.certificate_logs));
  std::set<std::string> voices;
  for (const CertificateLogged& one : out.certificate_logs) voices.insert(one.log);
  const std::size_t wanted = request.requirements.certificate_logs;
  if (voices.size() >= wanted) return {};
  return fail(
      Code::Untrusted,
      fmt::format("the certificate is in {} logs of certificates that are known here, but {} "
                  "are wanted",
                  voices.size(), wanted),
      "what isn't in a log can have been issued in secret");
}

std::unexpected<Error> another_signer(const Identity& is, const Identity& want) {
  return fail(Code::Untrusted,
              fmt::format("signed by \"{}\" as \"{}\" says, not by \"{}\" as \"{}\" says",
                          printable(is.name), printable(is.issuer), printable(want.name),
                          printable(want.issuer)),
              "both must be the same letter for letter");
}

Result<void> check_identity(const VerifyRequest& request, Verification& out) {
  const auto identity = identity_of(*out.certificate);
  if (std::holds_alternative<AnyIdentity>(request.signer)) {
    out.signer = identity.value_or(Identity{});
    return {};
  }
  const Identity& want = std::get<Identity>(request.signer);
  if (!identity) return std::unexpected(identity.error());
  if (*identity != want) return another_signer(*identity, want);
  out.signer = *identity;
  return {};
}

Result<PublicKey> check_certificate(const VerifyRequest& request, Verification& out) {
  if (std::holds_alternative<PublicKey>(request.signer))
    return fail(Code::Untrusted, "the bundle is signed with a certificate, not with a key",
                "say whose with --certificate-identity and --certificate-oidc-issuer");
  const auto certificates = TRY(parse_certificates(std::get<CertificateChain>(request.bundle.key)));
  TRY(check_form(request, certificates, out));
  out.chain = TRY(check_chain(request, certificates, out.times));
  out.certificate = certificates[0];
  TRY(check_certificate_logs(request, out));
  TRY(check_identity(request, out));
  return certificates[0].public_key();
}

// The hint only says which of the verifier's keys it may be.
Result<PublicKey> check_key(const VerifyRequest& request, Verification& out) {
  const auto* key = std::get_if<PublicKey>(&request.signer);
  if (key == nullptr)
    return fail(Code::Untrusted, "the bundle is signed with a key, not with a certificate",
                "say which with --key");
  out.signer = *key;
  return *key;
}

// --- the signature and what it is over ---

Result<void> check_message(const MessageSignature& message, const SignedMessage& artifact,
                           const PublicKey& key) {
  const auto& digest = artifact.digest.hash();
  if (!message.digest.empty() && message.algorithm == "SHA2_256" &&
      !std::ranges::equal(message.digest, digest))
    return fail(Code::Untrusted, "the bundle is of another artifact",
                fmt::format("this one is {}", artifact.digest.str()));
  if (artifact.bytes) return key.verify(*artifact.bytes, message.signature);
  return key.verify_digest(digest, message.signature);
}

// Before anything of it is parsed: what was changed after it was signed is said to be that. By the
// key that is expected, or the certificate's; whether that is the right one is judged later.
Result<void> check_envelope(const VerifyRequest& request) {
  const Envelope* envelope = envelope_of(request.bundle);
  if (envelope == nullptr) return {};
  if (const auto* chain = std::get_if<CertificateChain>(&request.bundle.key)) {
    const auto leaf = TRY(Certificate::from_der(chain->certificates[0]), "certificate 1");
    return verify_envelope(*envelope, TRY(leaf.public_key()));
  }
  const auto* key = std::get_if<PublicKey>(&request.signer);
  return key == nullptr ? Result<void>() : verify_envelope(*envelope, *key);
}

// Nothing of it is believed yet; but its form decides which rules the rest is held to.
Result<void> read_statement(const VerifyRequest& request, Verification& out) {
  const Envelope* envelope = envelope_of(request.bundle);
  if (envelope == nullptr) return {};
  if (envelope->payload_type != kInTotoPayloadType)
    return fail(Code::Unsupported, fmt::format("the envelope holds \"{}\", not a statement",
                                               printable(envelope->payload_type)));
  out.statement = TRY(parse_statement(text_of(envelope->payload)));
  if (out.statement->predicate_type == kModelSignatureType)
    out.model_signature = TRY(parse_model_signature(*out.statement));
  return {};
}

Result<void> check_statement(const VerifyRequest& request, const Statement& statement) {
  if (std::ranges::none_of(statement.subjects, [&](const Subject& subject) {
        return sha256_of(subject) == request.artifact.digest;
      }))
    return fail(Code::Untrusted, "the statement is not about this artifact",
                fmt::format("this one is {}", request.artifact.digest.str()));
  return {};
}

Result<void> check_predicate_type(const VerifyRequest& request, const Verification& out) {
  if (!request.predicate_type) return {};
  const std::string is = out.statement ? out.statement->predicate_type : "";
  if (is == *request.predicate_type) return {};
  return fail(Code::Untrusted, fmt::format("expected a statement of the type \"{}\", got \"{}\"",
                                           printable(*request.predicate_type), printable(is)));
}

Result<void> check_signature(const VerifyRequest& request, const PublicKey& key,
                             const Verification& out) {
  if (const auto* message = std::get_if<MessageSignature>(&request.bundle.content))
    return check_message(*message, request.artifact, key);
  TRY(verify_envelope(*envelope_of(request.bundle), key));
  return check_statement(request, *out.statement);
}

// Every entry of a known log is about this signature by this signer.
Result<void> check_bodies(const VerifyRequest& request, const PublicKey& key,
                          const Verification& out) {
  const Envelope* envelope = envelope_of(request.bundle);
  const Bytes encoding = envelope == nullptr ? Bytes() : signed_bytes(*envelope);
  const SignedMessage message =
      envelope == nullptr
          ? request.artifact
          : SignedMessage{.digest = content::Digest::of(encoding), .bytes = encoding};
  const LoggedContent content{
      .message = message,
      .envelope = envelope,
      .signature = signature_of(request.bundle),
      .certificate = out.certificate ? ByteView(out.certificate->der()) : ByteView(),
      .key = key.der()};
  for (const LogEntry& entry : request.bundle.entries)
    if (find_log(entry, request) != nullptr) TRY(check_log_body(entry, content));
  return {};
}

// As parse_bundle has it; a bundle can also be made by hand.
Result<void> check_shape(const Bundle& bundle) {
  const auto* chain = std::get_if<CertificateChain>(&bundle.key);
  const Envelope* envelope = envelope_of(bundle);
  if ((chain == nullptr || !chain->certificates.empty()) &&
      (envelope == nullptr || envelope->signatures.size() == 1))
    return {};
  return fail(Code::Corrupt, "the bundle lacks its certificate or its signature");
}

Result<Verification> verify(const VerifyRequest& request) {
  Verification out;
  TRY(check_shape(request.bundle));
  TRY(check_envelope(request));
  TRY(read_statement(request, out));
  TRY(check_predicate_type(request, out));
  TRY(check_timestamps(request, out));
  TRY(check_entries(request, out));
  TRY(check_log_times(request, out));
  const bool has_certificate = std::holds_alternative<CertificateChain>(request.bundle.key);
  const PublicKey key =
      TRY(has_certificate ? check_certificate(request, out) : check_key(request, out));
  TRY(check_signature(request, key, out));
  TRY(check_bodies(request, key, out));
  return out;
}

}  // namespace

// A certificate or a key that can't be read is no mistake of the caller's: it came in the bundle.
Result<Verification> verify_bundle(const VerifyRequest& request) {
  auto out = verify(request);
  if (!out && out.error().code == Code::InvalidArgument) out.error().code = Code::Corrupt;
  return out;
}

}  // namespace tegula::attest

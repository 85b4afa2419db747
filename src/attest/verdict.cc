#include "attest/verdict.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attest/logged_key.h"
#include "base/base64.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using crypto::PublicKey;
using Signer = std::variant<Identity, PublicKey>;

Result<PermittedSigner> permitted(const config::PolicySigner& signer) {
  if (signer.key.empty())
    return SignerPattern{.identity = signer.identity, .issuer = signer.issuer};
  const Bytes der = TRY(base64_decode(signer.key), "key");
  return TRY(PublicKey::from_der(der), "key");
}

// Where the file has what can't be used.
template <class T>
Result<T> placed(Result<T> result, const config::PolicyPlace& place) {
  if (result || place.text.empty()) return result;
  return std::unexpected(std::move(result).error().within(place.text));
}

Result<std::vector<PermittedSigner>> all_permitted(
    const std::vector<config::PolicySigner>& signers) {
  std::vector<PermittedSigner> out;
  for (const config::PolicySigner& one : signers)
    out.push_back(TRY(placed(permitted(one), one.key_place)));
  return out;
}

Result<tlog::PolicyLog> log_of(const std::string& vkey) {
  tlog::NoteKey key = TRY(tlog::NoteKey::parse(vkey), "logs");
  if (key.type() == tlog::SignatureType::Cosignature)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is a witness's key, not a log's", printable(vkey)));
  return tlog::PolicyLog{.key = std::move(key), .url = {}};
}

Result<tlog::PolicyWitness> witness_of(const std::string& vkey, const tlog::Policy& policy) {
  tlog::NoteKey key = TRY(tlog::NoteKey::parse(vkey), "witnesses");
  if (key.type() != tlog::SignatureType::Cosignature)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a witness's key", printable(vkey)));
  // Under a second name it would be a second witness.
  const bool is_known = std::ranges::any_of(
      policy.witnesses, [&](const tlog::PolicyWitness& one) { return one.key.key() == key.key(); });
  if (is_known)
    return fail(Code::InvalidArgument,
                fmt::format("the key of the witness {} is listed twice", printable(key.name())));
  return tlog::PolicyWitness{.name = key.name(), .key = std::move(key), .url = {}};
}

// So many of the witnesses, as a policy of one group.
Result<tlog::Policy> logs_of(const config::PolicyRule& rule) {
  tlog::Policy out;
  for (const std::string& vkey : rule.logs)
    out.logs.push_back(TRY(placed(log_of(vkey), rule.logs_place)));
  tlog::PolicyGroup group{.name = "witnesses", .threshold = rule.witnesses_min, .members = {}};
  for (const std::string& vkey : rule.witnesses) {
    group.members.push_back({tlog::PolicyMember::Kind::Witness, out.witnesses.size()});
    out.witnesses.push_back(TRY(placed(witness_of(vkey, out), rule.witnesses_place)));
  }
  if (rule.witnesses_min == 0) return out;
  out.groups.push_back(std::move(group));
  out.quorum = tlog::PolicyMember{tlog::PolicyMember::Kind::Group, 0};
  return out;
}

bool is(const PermittedSigner& permitted, const Signer& signer) {
  if (const auto* key = std::get_if<PublicKey>(&permitted)) {
    const auto* by = std::get_if<PublicKey>(&signer);
    return by != nullptr && *by == *key;
  }
  const auto& pattern = std::get<SignerPattern>(permitted);
  const auto* identity = std::get_if<Identity>(&signer);
  return identity != nullptr && identity->issuer == pattern.issuer &&
         config::matches(pattern.identity, identity->name);
}

// The place of the first that fits.
std::optional<std::size_t> place_of(const Signer& signer,
                                    const std::vector<PermittedSigner>& among) {
  const auto found =
      std::ranges::find_if(among, [&](const PermittedSigner& one) { return is(one, signer); });
  if (found == among.end()) return std::nullopt;
  return found - among.begin();
}

// Over a file's digest it takes the whole verification to know.
bool may_be_by(const PublicKey& key, const Bundle& bundle) {
  const auto* envelope = std::get_if<Envelope>(&bundle.content);
  return envelope == nullptr || verify_envelope(*envelope, key).has_value();
}

// A bundle doesn't say by which key it is, so every key of the rule is tried.
std::vector<ExpectedSigner> candidates(const PolicyTerms& terms, const Bundle& bundle) {
  if (std::holds_alternative<CertificateChain>(bundle.key)) return {AnyIdentity()};
  std::vector<PublicKey> keys;
  for (const auto* list : {&terms.signers, &terms.rebuilders})
    for (const PermittedSigner& one : *list)
      if (const auto* key = std::get_if<PublicKey>(&one)) keys.push_back(*key);
  if (terms.is_open)
    if (auto key = logged_key(bundle)) keys.push_back(std::move(*key));
  std::vector<ExpectedSigner> out;
  for (const PublicKey& key : keys)
    if (may_be_by(key, bundle)) out.emplace_back(key);
  return out;
}

std::unexpected<Error> by_nobody(const PolicyTerms& terms) {
  return fail(Code::Untrusted, terms.is_open ? "its log entry does not have the key that signed it"
                                             : "it is by no key of the policy");
}

// A model signature is about the files, everything else about the manifest.
bool is_model_signature(const Bundle& bundle) {
  const auto* envelope = std::get_if<Envelope>(&bundle.content);
  if (envelope == nullptr) return false;
  const auto statement = parse_statement(text_of(envelope->payload));
  return statement && statement->predicate_type == kModelSignatureType;
}

// Its digest is over the files' digests alone: a name may still be another's.
Result<void> check_files(const VerdictRequest& request, const Verification& verification) {
  if (!verification.model_signature ||
      std::ranges::equal(verification.model_signature->resources, request.files))
    return {};
  return fail(Code::Untrusted, "the model signature lists other files than the model has");
}

Result<Verification> verify(const VerdictRequest& request, const Bundle& bundle) {
  if (bundle.entries.empty())
    return fail(Code::Untrusted,
                "it is in no log: if that could not be reached, its signer's `tegula sign "
                "--queued` brings it in");
  Result<Verification> out = by_nobody(request.terms);
  const SignedMessage model{.digest =
                                is_model_signature(bundle)
                                    ? model_digest({request.files.begin(), request.files.end()})
                                    : request.model};
  for (const ExpectedSigner& signer : candidates(request.terms, bundle)) {
    out = verify_bundle({.bundle = bundle,
                         .artifact = model,
                         .root = request.root,
                         .signer = signer,
                         .policy = &request.terms.logs});
    if (out) break;
  }
  if (out) TRY(check_files(request, *out));
  return out;
}

bool is_rebuild(const Verification& verification) {
  return verification.statement && verification.statement->predicate_type == kRebuildType;
}

std::string name_of(const Signer& signer) {
  if (const auto* key = std::get_if<PublicKey>(&signer)) return "key " + key_digest(*key);
  return printable(std::get<Identity>(signer).name);
}

std::unexpected<Error> not_permitted(const Signer& signer) {
  return fail(Code::Untrusted, fmt::format("{} may not sign this model", name_of(signer)));
}

std::unexpected<Error> another_outcome(const Signer& signer) {
  return fail(Code::Untrusted,
              fmt::format("{} rebuilt it, and something else came out", name_of(signer)));
}

// What the statement says came out for this model (docs/reference/rebuild.md). Its subject is the
// model either way, so that what says "different" is found too.
bool says_same(const Verification& verification, const content::Digest& model) {
  const codec::Json& predicate = verification.statement->predicate;
  const auto outputs = predicate.find("outputs");
  if (outputs == predicate.end() || !outputs->is_array()) return false;
  return std::ranges::any_of(*outputs, [&](const codec::Json& output) {
    return output.is_object() && output.value("expected", codec::Json()) == model.str() &&
           output.value("got", codec::Json()) == model.str();
  });
}

// Whoever signs here must say who they are: an authority's word for somebody without a name is
// nobody's.
Result<void> check_signer(const PolicyTerms& terms, const Verification& verification) {
  if (terms.signers.empty() && verification.signer != Signer(Identity())) return {};
  if (place_of(verification.signer, terms.signers)) return {};
  return not_permitted(verification.signer);
}

// What a bundle counts as; the error says why for nothing.
Result<void> sort_in(const VerdictRequest& request, const Bundle& bundle, Verdict& out) {
  Verification verified = TRY(verify(request, bundle));
  if (is_rebuild(verified)) {
    if (!says_same(verified, request.model)) return another_outcome(verified.signer);
    out.rebuilds.push_back(std::move(verified));
    return {};
  }
  TRY(check_signer(request.terms, verified));
  out.signatures.push_back(std::move(verified));
  return {};
}

// A rebuilder counts once, and not at all for a model of their own.
Result<std::size_t> rebuilder_of(const Verification& rebuild, const PolicyTerms& terms,
                                 const std::vector<bool>& seen, const Verdict& so_far) {
  const std::string name = name_of(rebuild.signer);
  const auto place = place_of(rebuild.signer, terms.rebuilders);
  const auto is_same = [&](const Verification& other) { return other.signer == rebuild.signer; };
  if (!place) return fail(Code::Untrusted, fmt::format("{} is no rebuilder of the policy", name));
  if (std::ranges::any_of(so_far.signatures, is_same))
    return fail(Code::Untrusted, fmt::format("{} has signed the model, and can't vouch for it "
                                             "by rebuilding it",
                                             name));
  if (seen[*place])
    return fail(Code::Untrusted, fmt::format("{} has vouched for this model already", name));
  return *place;
}

void keep_independent(const PolicyTerms& terms, Verdict& out) {
  if (terms.is_open) return;
  std::vector<Verification> kept;
  std::vector<bool> seen(terms.rebuilders.size());
  for (Verification& one : out.rebuilds) {
    auto place = rebuilder_of(one, terms, seen, out);
    if (!place) {
      out.refused.push_back(
          {std::move(place).error(), {std::string(kRebuildType), name_of(one.signer)}});
      continue;
    }
    seen[*place] = true;
    kept.push_back(std::move(one));
  }
  out.rebuilds = std::move(kept);
}

}  // namespace

Result<PolicyTerms> terms_of(const config::PolicyRule& rule) {
  PolicyTerms out{.mode = rule.mode, .rebuilders_min = rule.rebuilders_min};
  out.signers = TRY(all_permitted(rule.signers));
  out.rebuilders = TRY(all_permitted(rule.rebuilders));
  out.logs = TRY(logs_of(rule));
  return out;
}

Result<Verdict> judge(const VerdictRequest& request, const Stop& stop) {
  Verdict out;
  out.holds = request.terms.mode == config::TrustMode::Off;
  if (out.holds) return out;
  for (const Bundle& bundle : request.bundles) {
    TRY(stop.check());
    if (auto sorted = sort_in(request, bundle, out); !sorted)
      out.refused.push_back({std::move(sorted).error(), claim_of(bundle)});
  }
  keep_independent(request.terms, out);
  if (out.signatures.empty()) {
    out.why = request.bundles.empty() ? "it is not signed"
              : request.terms.is_open ? "none of its signatures holds"
                                      : "none of its signatures holds under the policy";
  } else if (out.rebuilds.size() < request.terms.rebuilders_min) {
    out.why = fmt::format("it was rebuilt by {} of the {} that the policy wants",
                          out.rebuilds.size(), request.terms.rebuilders_min);
  }
  out.holds = out.why.empty();
  return out;
}

}  // namespace tegula::attest

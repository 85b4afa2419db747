#include "cli/verification.h"

#include <fmt/format.h>

#include "attest/identity.h"
#include "attest/valid_for.h"
#include "cli/console.h"

namespace tegula::cli {
namespace {

using attest::Identity;
using attest::key_digest;
using attest::ProvenTime;
using attest::Verification;
using attest::VerifiedEntry;
using codec::OrderedJson;
using crypto::PublicKey;
using Rows = std::vector<std::vector<std::string>>;

std::string_view source_text(ProvenTime::Source source) {
  return source == ProvenTime::Source::Log ? "log" : "timestamp_authority";
}

// The method is said too: a chain of one's own authority is worth as much as that authority.
void add_signer(const Verification& verification, Rows& rows) {
  if (const auto* key = std::get_if<PublicKey>(&verification.signer)) {
    rows.push_back({"signed by", fmt::format("{} key {}", name_of(key->type()), key_digest(*key))});
    return;
  }
  const Identity& identity = std::get<Identity>(verification.signer);
  rows.push_back(
      {"signed by", identity.name.empty() ? "a certificate without one name" : identity.name});
  if (!identity.issuer.empty()) rows.push_back({"as told by", identity.issuer});
}

std::string text_of(const VerifiedEntry& entry) {
  std::string out = fmt::format("{}, entry {}", entry.log, entry.index);
  out += entry.tree_size ? fmt::format(" of {}", *entry.tree_size) : ", promised";
  return out + fmt::format(" ({})", entry.kind);
}

void add_entries(const Verification& verification, Rows& rows) {
  for (const VerifiedEntry& entry : verification.entries) {
    rows.push_back({"in the log", text_of(entry)});
    for (const tlog::WitnessedAt& seen : entry.witnesses)
      rows.push_back(
          {"witnessed by", fmt::format("{} at {}", seen.witness,
                                       attest::time_text(static_cast<std::int64_t>(seen.time_s)))});
  }
  if (verification.entries.empty()) rows.push_back({"in the log", "of nobody that is known here"});
}

void add_ignored(const Verification& verification, Rows& rows) {
  if (verification.ignored_entries > 0)
    rows.push_back(
        {"ignored", fmt::format("{} entries of unknown logs", verification.ignored_entries)});
  if (verification.ignored_timestamps > 0)
    rows.push_back({"ignored", fmt::format("{} timestamps that no known authority made over this",
                                           verification.ignored_timestamps)});
}

OrderedJson signer_json(const Verification& verification) {
  const auto* key = std::get_if<PublicKey>(&verification.signer);
  const Identity identity = key != nullptr ? Identity{} : std::get<Identity>(verification.signer);
  return {{"kind", key != nullptr ? "key" : "certificate"},
          {"name", text_or_null(identity.name)},
          {"issuer", text_or_null(identity.issuer)},
          {"key_type", key != nullptr ? OrderedJson(name_of(key->type())) : OrderedJson()},
          {"key", key != nullptr ? OrderedJson(key_digest(*key)) : OrderedJson()}};
}

OrderedJson entry_json(const VerifiedEntry& entry) {
  OrderedJson witnesses = OrderedJson::array();
  for (const tlog::WitnessedAt& seen : entry.witnesses)
    witnesses.push_back({{"name", seen.witness},
                         {"time", attest::time_text(static_cast<std::int64_t>(seen.time_s))}});
  return {{"log", entry.log},
          {"index", entry.index},
          {"size", entry.tree_size ? OrderedJson(*entry.tree_size) : OrderedJson()},
          {"kind", entry.kind},
          {"time", entry.time_s ? OrderedJson(attest::time_text(*entry.time_s)) : OrderedJson()},
          {"witnesses", std::move(witnesses)}};
}

OrderedJson statement_json(const Verification& verification) {
  if (!verification.statement) return nullptr;
  OrderedJson subjects = OrderedJson::array();
  for (const attest::Subject& subject : verification.statement->subjects)
    subjects.push_back({{"name", text_or_null(subject.name)}, {"digest", subject.digest}});
  return {{"predicate_type", verification.statement->predicate_type},
          {"subjects", std::move(subjects)}};
}

OrderedJson model_json(const Verification& verification) {
  if (!verification.model_signature) return nullptr;
  OrderedJson resources = OrderedJson::array();
  for (const attest::ModelResource& one : verification.model_signature->resources)
    resources.push_back({{"name", one.name}, {"digest", one.digest.str()}});
  return {{"model", text_or_null(verification.model_signature->model)},
          {"resources", std::move(resources)}};
}

template <class T, class ToJson>
OrderedJson list_json(const std::vector<T>& items, ToJson to_json) {
  OrderedJson out = OrderedJson::array();
  for (const T& one : items) out.push_back(to_json(one));
  return out;
}

}  // namespace

std::string verification_page(const Verification& verification, const content::Digest& artifact) {
  Rows rows = {{"WHAT", "HOLDS"}, {"artifact", artifact.str()}};
  add_signer(verification, rows);
  for (const ProvenTime& time : verification.times)
    rows.push_back({"before", fmt::format("{}, says {}", attest::time_text(time.time_s), time.by)});
  for (const attest::CertificateLogged& one : verification.certificate_logs)
    rows.push_back({"certificate in", one.log});
  add_entries(verification, rows);
  if (verification.statement) rows.push_back({"statement", verification.statement->predicate_type});
  if (verification.model_signature)
    rows.push_back({"files", fmt::to_string(verification.model_signature->resources.size())});
  add_ignored(verification, rows);
  return columns(rows);
}

OrderedJson verification_json(const Verification& verification, const content::Digest& artifact) {
  const auto time_json = [](const ProvenTime& time) -> OrderedJson {
    return {{"source", source_text(time.source)},
            {"by", time.by},
            {"time", attest::time_text(time.time_s)}};
  };
  const auto logged_json = [](const attest::CertificateLogged& one) -> OrderedJson {
    return {{"log", one.log},
            {"time", attest::time_text(static_cast<std::int64_t>(one.time_ms / 1000))}};
  };
  return {{"artifact", artifact.str()},
          {"signer", signer_json(verification)},
          {"times", list_json(verification.times, time_json)},
          {"certificate_logs", list_json(verification.certificate_logs, logged_json)},
          {"entries", list_json(verification.entries, entry_json)},
          {"statement", statement_json(verification)},
          {"model_signature", model_json(verification)},
          {"ignored_entries", verification.ignored_entries},
          {"ignored_timestamps", verification.ignored_timestamps}};
}

}  // namespace tegula::cli

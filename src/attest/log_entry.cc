#include "attest/log_entry.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/printable.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace tegula::attest {
namespace {

using tlog::NoteKey;

// The second version of Rekor: its checkpoints have no times, nor has it promises.
bool is_tiled(const LogEntry& entry) {
  return entry.kind == "hashedrekord" && entry.version == "0.0.2";
}

Result<tlog::SignatureType> type_of(const crypto::PublicKey& key) {
  switch (key.type()) {
    case crypto::KeyType::Ed25519: return tlog::SignatureType::Ed25519;
    case crypto::KeyType::P256: return tlog::SignatureType::Ecdsa;
    case crypto::KeyType::P384:
    case crypto::KeyType::Rsa: break;
  }
  return fail(Code::Unsupported,
              fmt::format("checkpoints signed by an {} key can't be checked", name_of(key.type())));
}

// Rekor's first version adds the number of its tree to its name.
bool is_origin_of(const std::string& origin, const std::vector<NoteKey>& keys) {
  return std::ranges::any_of(keys, [&](const NoteKey& key) {
    return origin == key.name() || origin.starts_with(key.name() + " - ");
  });
}

// A log's word about itself is no second opinion.
std::vector<bool> are_witnesses(const tlog::Policy& policy, const TrustedLog& log) {
  std::vector<bool> out;
  for (const tlog::PolicyWitness& witness : policy.witnesses)
    out.push_back(witness.key.key() != *log.key);
  return out;
}

struct SignedCheckpoint {
  tlog::Checkpoint checkpoint;
  std::vector<tlog::WitnessedAt> witnesses;
};

Result<std::vector<tlog::WitnessedAt>> witnesses_of(
    const std::vector<tlog::VerifiedSignature>& signatures, std::size_t log_keys,
    const TrustedLog& log, const tlog::Policy* policy) {
  std::vector<tlog::WitnessedAt> out;
  if (policy == nullptr) return out;
  const std::vector<bool> counts = are_witnesses(*policy, log);
  std::vector<bool> seen(policy->witnesses.size());
  for (const tlog::VerifiedSignature& signature : signatures) {
    if (signature.key < log_keys) continue;
    const std::size_t place = signature.key - log_keys;
    if (!counts[place] || seen[place]) continue;
    seen[place] = true;
    out.push_back({policy->witnesses[place].name, signature.time_s.value_or(0)});
  }
  if (tlog::is_quorum(*policy, seen)) return out;
  return fail(Code::Untrusted,
              fmt::format("the checkpoint was seen by {} of {} witnesses, which is "
                          "no quorum",
                          out.size(), policy->witnesses.size()));
}

Result<SignedCheckpoint> read_checkpoint(const std::string& text, const TrustedLog& log,
                                         const tlog::Policy* policy) {
  const tlog::Note note = TRY(tlog::parse_note(text));
  std::vector<NoteKey> keys = TRY(note_keys_of(log));
  const std::vector<NoteKey> own = keys;
  if (policy != nullptr)
    for (const tlog::PolicyWitness& witness : policy->witnesses) keys.push_back(witness.key);
  const auto signatures = TRY(tlog::verify_note(note, keys));
  if (std::ranges::none_of(signatures, [&](const auto& one) { return one.key < own.size(); }))
    return fail(Code::Untrusted, "the checkpoint is signed by witnesses, but not by the log");
  SignedCheckpoint out;
  out.checkpoint = TRY(tlog::parse_checkpoint(note.text));
  if (!is_origin_of(out.checkpoint.origin, own))
    return fail(Code::Untrusted, fmt::format("the checkpoint is of \"{}\", not of {}",
                                             printable(out.checkpoint.origin), own[0].name()));
  out.witnesses = TRY(witnesses_of(signatures, own.size(), log, policy));
  return out;
}

// What is in the proof besides hashes and checkpoint nobody signed, so it isn't looked at. The
// index is an exception in the logs of the first version, where the entry has another, over all the
// trees the log ever had.
Result<void> check_proof(const LogEntry& entry, const TrustedLog& log, const tlog::Policy* policy,
                         VerifiedEntry& out) {
  SignedCheckpoint read = TRY(read_checkpoint(entry.proof->checkpoint, log, policy), "checkpoint");
  out.index = is_tiled(entry) ? entry.log_index : entry.proof->log_index;
  const tlog::Leaf leaf{.index = out.index, .hash = tlog::leaf_hash(entry.body)};
  TRY(tlog::verify_inclusion(leaf, entry.proof->hashes, read.checkpoint.head), "inclusion proof");
  out.log = std::move(read.checkpoint.origin);
  out.tree_size = read.checkpoint.head.size;
  out.witnesses = std::move(read.witnesses);
  return {};
}

Result<void> check_promise(const LogEntry& entry, const TrustedLog& log, VerifiedEntry& out) {
  const auto holds = log.key->verify(bytes_of(promised_text(entry)), entry.promise);
  if (!holds) return fail(Code::Untrusted, "the log's promise is not over this entry");
  out.time_s = static_cast<std::int64_t>(entry.integrated_time_s);
  if (log.validity.contains(*out.time_s)) return {};
  return fail(Code::Untrusted, "the entry came into the log when its key was not to be trusted");
}

Result<void> check_log(const TrustedLog& log, const tlog::Policy* policy) {
  if (!log.key) return fail(Code::Unsupported, "the log's key is of a kind that can't be checked");
  if (policy == nullptr || policy->logs.empty()) return {};
  const auto is_this = [&](const tlog::PolicyLog& one) { return one.key.key() == *log.key; };
  if (std::ranges::any_of(policy->logs, is_this)) return {};
  return fail(Code::Untrusted,
              fmt::format("the policy does not have the log {}", printable(log.base_url)));
}

}  // namespace

std::string promised_text(const LogEntry& entry) {
  return fmt::format(R"({{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}})",
                     base64_encode(entry.body), entry.integrated_time_s, hex_encode(entry.log_id),
                     entry.log_index);
}

Result<std::vector<NoteKey>> note_keys_of(const TrustedLog& log) {
  const tlog::SignatureType type = TRY(type_of(*log.key));
  const std::string host = host_of(log), authority = authority_of(log);
  std::vector<NoteKey> out;
  out.push_back(TRY(NoteKey::create(host, type, *log.key)));
  if (authority != host) out.push_back(TRY(NoteKey::create(authority, type, *log.key)));
  return out;
}

Result<VerifiedEntry> verify_log_entry(const LogEntry& entry, const TrustedLog& log,
                                       const tlog::Policy* policy) {
  TRY(check_log(log, policy));
  VerifiedEntry out{.log = log.base_url, .index = entry.log_index};
  out.kind = fmt::format("{} {}", entry.kind, entry.version);
  const bool has_proof = entry.proof && !entry.proof->checkpoint.empty();
  if (!has_proof && (entry.promise.empty() || is_tiled(entry)))
    return fail(Code::Untrusted, "the entry has neither a promise of the log nor a proof");
  if (!has_proof && policy != nullptr && policy->quorum)
    return fail(Code::Untrusted, "a promise of the log is seen by no witness");
  if (!entry.promise.empty()) TRY(check_promise(entry, log, out));
  if (has_proof) TRY(check_proof(entry, log, policy, out));
  return out;
}

}  // namespace tegula::attest

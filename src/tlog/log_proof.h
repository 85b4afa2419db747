// Offline proof that something is in a log (C2SP tlog-proof; docs/reference/log-proof.md): its
// index, the way from its leaf to the root, and the checkpoint with its cosignatures.
//
//   c2sp.org/tlog-proof@v1
//   extra <base64>              only if there is some
//   index <n>
//   <hash>…                     from the leaf's sibling to the root's child
//
//   <signed checkpoint>
//
// Thread rule: values. Errors of parse_log_proof: Corrupt, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "tlog/note.h"
#include "tlog/policy.h"
#include "tlog/proof.h"

namespace tegula::tlog {

struct LogProof {
  Bytes extra{};  // nobody vouches for it; empty if there is none
  std::uint64_t index = 0;
  Proof proof{};
  Note checkpoint{};  // with its cosignatures
};

// Exactly the texts that encode writes.
Result<LogProof> parse_log_proof(std::string_view text);
std::string encode(const LogProof& proof);

// The entry with this leaf hash is in a log of the policy, and a quorum has seen it; Untrusted
// otherwise. How an entry is made into a leaf is the caller's.
Result<AcceptedCheckpoint> verify_log_proof(const LogProof& proof, const Hash256& leaf,
                                            const Policy& policy);

}  // namespace tegula::tlog

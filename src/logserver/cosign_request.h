// What a log asks a witness (C2SP tlog-witness v1.0.0, "add-checkpoint";
// docs/reference/witness.md):
//
//   old <size>
//   <hash>…          at most 63: from the old tree to the checkpoint's
//
//   <signed checkpoint>
//
// Thread rule: values. Errors of parse: Corrupt, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tlog/note.h"
#include "tlog/proof.h"

namespace tegula::logserver {

struct CosignRequest {
  std::uint64_t old_size = 0;
  tlog::Proof proof{};
  tlog::Note checkpoint{};
};

// Exactly the texts that encode writes.
Result<CosignRequest> parse_cosign_request(std::string_view text);
std::string encode(const CosignRequest& request);

}  // namespace tegula::logserver

// Offline proofs: what parses prints as it was, and proves nothing to somebody who knows no log.
#include "base/check.h"
#include "tlog/log_proof.h"

using namespace tegula::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  const auto proof = parse_log_proof(text);
  if (!proof) return 0;
  CHECK(encode(*proof) == text);
  CHECK(!verify_log_proof(*proof, {}, {}));
  // Must return, whatever it says.
  const Checkpoint checkpoint = parse_checkpoint(proof->checkpoint.text).value();
  (void)root_from_inclusion({proof->index, {}}, proof->proof, checkpoint.head.size);
  return 0;
}

// A partial blob's journal: what parses prints as something that parses to the same.
#include "base/bytes.h"
#include "base/check.h"
#include "content/blob_tree.h"
#include "content/partial_journal.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto journal = parse_partial_journal(tegula::text_of({data, size}));
  if (!journal) return 0;
  CHECK(parse_partial_journal(encode(*journal)).value() == *journal);
  for (const auto& [piece, hash] : journal->pieces) CHECK(piece < piece_count(journal->size));
  return 0;
}

// Queries to a timestamp authority: an answer is about its query, or says why it is none.
#include "base/check.h"
#include "base/limits.h"
#include "crypto/timestamp_authority.h"
#include "crypto/timestamp_query.h"

using namespace tegula::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tegula::SeededRandom random(1);
  static const auto authority = TimestampAuthority::create("fuzz", {0, 100}, random).value();
  const tegula::ByteView query(data, size);
  const auto answer = authority.answer(query, 50, random);
  const auto checked = check_timestamp_answer(answer ? answer->response : tegula::Bytes(), query);
  CHECK(checked.has_value() == (answer && !answer->refusal));
  if (!answer) return 0;
  CHECK(answer->response.size() <= tegula::limits::kTimestampBytesMax);
  CHECK(checked || checked.error().code == tegula::Code::Unavailable);
  return 0;
}

// OpenSSF model signatures: what is written of one parses to the same.
#include "attest/model_signature.h"
#include "base/bytes.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto statement = parse_statement(tegula::text_of({data, size}));
  if (!statement) return 0;
  const auto model = parse_model_signature(*statement);
  if (model) CHECK(parse_model_signature(statement_of(*model).value()).value() == *model);
  return 0;
}

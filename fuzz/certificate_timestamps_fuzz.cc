// Lists of certificate timestamps: all that was read stood there.
#include "attest/certificate_log.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = parse_certificate_timestamps({data, size});
  if (!list) return 0;
  std::size_t bytes = 0;
  for (const CertificateTimestamp& one : *list)
    bytes += one.log_id.size() + one.extensions.size() + one.signature.size();
  CHECK(bytes <= size);
  return 0;
}

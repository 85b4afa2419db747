#include "crypto/dsse.h"

#include <fmt/format.h>

namespace tegula::crypto {

Bytes dsse_pae(std::string_view payload_type, ByteView payload) {
  const std::string head =
      fmt::format("DSSEv1 {} {} {} ", payload_type.size(), payload_type, payload.size());
  Bytes out;
  out.reserve(head.size() + payload.size());
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

}  // namespace tegula::crypto

#include "tlog/cosignature.h"

#include <limits>

#include <fmt/format.h>

#include "crypto/key.h"

namespace tegula::tlog {
namespace {

constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kCosignatureBytes = kTimeBytes + crypto::kEd25519SignatureBytes;
constexpr std::uint64_t kTimeMax = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::string cosigned_message(std::string_view checkpoint_text, std::uint64_t time_s) {
  return fmt::format("cosignature/v1\ntime {}\n{}", time_s, checkpoint_text);
}

Result<Bytes> cosign(std::string_view checkpoint_text, std::uint64_t time_s,
                     const crypto::Signer& signer) {
  if (time_s > kTimeMax)
    return fail(Code::InvalidArgument, fmt::format("{} is no time of a cosignature", time_s));
  const std::string message = cosigned_message(checkpoint_text, time_s);
  const Bytes signature = TRY(signer.sign(bytes_of(message)));
  Bytes out;
  for (std::size_t i = 0; i < kTimeBytes; ++i)
    out.push_back(static_cast<std::uint8_t>(time_s >> (56 - 8 * i)));
  out.insert(out.end(), signature.begin(), signature.end());
  return out;
}

Result<std::uint64_t> verify_cosignature(std::string_view checkpoint_text, ByteView signature,
                                         const crypto::Verifier& key) {
  if (signature.size() != kCosignatureBytes)
    return fail(Code::Untrusted, fmt::format("a cosignature has {} bytes, not {}",
                                             kCosignatureBytes, signature.size()));
  std::uint64_t time_s = 0;
  for (const std::uint8_t byte : signature.first(kTimeBytes)) time_s = time_s << 8 | byte;
  if (time_s > kTimeMax)
    return fail(Code::Untrusted, fmt::format("{} is no time of a cosignature", time_s));
  const std::string message = cosigned_message(checkpoint_text, time_s);
  TRY(key.verify(bytes_of(message), signature.subspan(kTimeBytes)));
  return time_s;
}

}  // namespace tegula::tlog

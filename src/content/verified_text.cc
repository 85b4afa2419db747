#include "content/verified_text.h"

#include <fmt/format.h>

#include "content/verifier.h"

namespace tegula::content {

Result<std::string> read_text(const VerifiedBlob& blob, std::uint64_t bytes_max) {
  const std::uint64_t size = blob.descriptor().size;
  if (size > bytes_max) {
    return fail(Code::Exhausted, fmt::format("{} has {} bytes, at most {} are allowed",
                                             blob_label(blob.descriptor()), size, bytes_max));
  }
  std::string out(size, '\0');
  const std::span<std::uint8_t> into(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  if (TRY(blob.file().read_at(0, into)) != size)
    return fail(Code::Corrupt, fmt::format("{} became shorter", blob_label(blob.descriptor())));
  return out;
}

}  // namespace tegula::content

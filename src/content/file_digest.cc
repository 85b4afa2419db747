#include "content/file_digest.h"

#include <algorithm>

#include "base/limits.h"

namespace tegula::content {
namespace {

constexpr std::size_t kChunkBytes = limits::kMiB;

}  // namespace

Result<Digest> digest_of_range(const os::File& file, std::uint64_t begin, std::uint64_t end,
                               Progress& progress, const Stop& stop) {
  crypto::Sha256 sha;
  Bytes chunk(kChunkBytes);
  for (std::uint64_t at = begin; at < end;) {
    TRY(stop.check());
    const std::size_t wanted = std::min<std::uint64_t>(chunk.size(), end - at);
    const std::size_t count = TRY(file.read_at(at, std::span(chunk).first(wanted)));
    if (count == 0) return fail(Code::Unavailable, "the file became shorter while it was read");
    sha.update(ByteView(chunk).first(count));
    progress.advance(count);
    at += count;
  }
  return Digest(sha.finish());
}

}  // namespace tegula::content

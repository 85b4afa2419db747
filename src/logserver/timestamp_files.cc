#include "logserver/timestamp_files.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "logserver/key_file.h"

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kFolderMode = 0755;
constexpr std::chrono::years kValid{10};
constexpr std::uint64_t kChainBytesMax =
    2 * limits::kCertificateBytesMax * limits::kCertificateChainMax;

}  // namespace

Result<crypto::TimestampAuthority> make_timestamp_authority(const std::string& origin, WallTime now,
                                                            Random& random) {
  const auto begin = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  const auto end = begin + std::chrono::duration_cast<std::chrono::seconds>(kValid);
  return crypto::TimestampAuthority::create(
      origin, {.not_before_s = begin.count(), .not_after_s = end.count()}, random);
}

Result<void> store_timestamp_authority(os::FileSystem& fs, const LogLayout& layout,
                                       const crypto::TimestampAuthority& authority) {
  if (TRY(os::exists(fs, layout.timestamp_chain())))
    return fail(Code::AlreadyExists,
                fmt::format("there is a timestamp authority in \"{}\" already",
                            layout.timestamp().native()),
                "whoever trusts the old one would not trust a new one");
  TRY(os::make_folders(fs, layout.timestamp(), kFolderMode));
  TRY(write_key_file(fs, layout.timestamp_key(), authority.key()));
  return os::write_durably(fs, layout.timestamp_chain(), bytes_of(authority.chain_pem()));
}

Result<std::optional<crypto::TimestampAuthority>> load_timestamp_authority(
    const os::FileSystem& fs, const LogLayout& layout) {
  if (!TRY(os::exists(fs, layout.timestamp_chain()))) return std::nullopt;
  const std::string pem = TRY(os::read_file(fs, layout.timestamp_chain(), kChainBytesMax));
  crypto::PrivateKey key = TRY(read_key_file(fs, layout.timestamp_key(), crypto::KeyType::P256));
  return TRY(crypto::TimestampAuthority::open(std::move(key), pem),
             layout.timestamp_chain().native());
}

}  // namespace tegula::logserver

#include "logserver/timestamp_files.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "logserver/key_file.h"
#include "logserver/temporaries.h"

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kFolderMode = 0755;
constexpr std::chrono::years kValid{10};
constexpr std::uint64_t kChainBytesMax =
    2 * limits::kCertificateBytesMax * limits::kCertificateChainMax;

Result<std::string> read_chain(const os::FileSystem& fs, const LogLayout& layout) {
  return os::read_file(fs, layout.timestamp_chain(), kChainBytesMax);
}

Result<crypto::TimestampAuthority> open_authority(const os::FileSystem& fs, const os::Path& key,
                                                  std::string_view chain_pem) {
  return crypto::TimestampAuthority::open(TRY(read_key_file(fs, key, crypto::KeyType::P256)),
                                          chain_pem);
}

// A store that was cut short may have left the key of these certificates beside the old one.
Result<crypto::TimestampAuthority> open_authority(const os::FileSystem& fs, const LogLayout& layout,
                                                  std::string_view chain_pem) {
  if (TRY(os::exists(fs, layout.next_timestamp_key())))
    if (auto next = open_authority(fs, layout.next_timestamp_key(), chain_pem)) return next;
  return open_authority(fs, layout.timestamp_key(), chain_pem);
}

// The next key has become the key. Not by a rename, of which a crash may leave half.
Result<void> move_key(os::FileSystem& fs, const LogLayout& layout, const crypto::PrivateKey& key) {
  TRY(replace_key_file(fs, layout.timestamp_key(), key));
  TRY(fs.remove(layout.next_timestamp_key()));
  return fs.sync_folder(layout.timestamp());
}

// Ends a store that was cut short: with the key of the certificates that are there, or without.
Result<void> settle(os::FileSystem& fs, const LogLayout& layout) {
  TRY(remove_temporaries(fs, layout.timestamp()));
  if (!TRY(os::exists(fs, layout.next_timestamp_key()))) return {};
  if (TRY(os::exists(fs, layout.timestamp_chain()))) {
    const std::string chain = TRY(read_chain(fs, layout));
    const auto in_use = open_authority(fs, layout.next_timestamp_key(), chain);
    if (in_use) return move_key(fs, layout, in_use->key());
  }
  return fs.remove(layout.next_timestamp_key());
}

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
  TRY(os::make_folders(fs, layout.timestamp(), kFolderMode));
  TRY(settle(fs, layout));
  TRY(write_key_file(fs, layout.next_timestamp_key(), authority.key()));
  TRY(os::write_durably(fs, layout.timestamp_chain(), bytes_of(authority.chain_pem())));
  return move_key(fs, layout, authority.key());
}

Result<std::optional<crypto::TimestampAuthority>> load_timestamp_authority(
    const os::FileSystem& fs, const LogLayout& layout) {
  if (!TRY(os::exists(fs, layout.timestamp_chain()))) return std::nullopt;
  return TRY(open_authority(fs, layout, TRY(read_chain(fs, layout))), layout.timestamp().native());
}

}  // namespace tegula::logserver

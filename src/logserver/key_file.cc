#include "logserver/key_file.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "os/secret_file.h"

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kMode = 0600;

}  // namespace

Result<crypto::PrivateKey> create_key_file(os::FileSystem& fs, const os::Path& path) {
  crypto::PrivateKey key = TRY(crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  TRY(write_key_file(fs, path, key));
  return key;
}

Result<void> write_key_file(os::FileSystem& fs, const os::Path& path,
                            const crypto::PrivateKey& key) {
  if (TRY(os::exists(fs, path)))
    return fail(Code::AlreadyExists, fmt::format("there is a key in \"{}\" already", path.native()),
                "a key is never replaced: whoever trusts the old one would not trust the new");
  return os::create_secret(fs, path, bytes_of(key.pem()));
}

Result<void> replace_key_file(os::FileSystem& fs, const os::Path& path,
                              const crypto::PrivateKey& key) {
  return os::write_durably(fs, path, bytes_of(key.pem()), kMode);
}

Result<crypto::PrivateKey> read_key_file(const os::FileSystem& fs, const os::Path& path,
                                         crypto::KeyType type) {
  const std::string pem = TRY(os::read_secret(fs, path, limits::kKeyBytesMax));
  crypto::PrivateKey key = TRY(crypto::PrivateKey::from_pem(pem), path.native());
  if (key.public_key().type() != type)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" holds no {} key", path.native(), crypto::name_of(type)));
  return key;
}

}  // namespace tegula::logserver

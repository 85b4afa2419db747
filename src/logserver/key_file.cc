#include "logserver/key_file.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "os/secret_file.h"

namespace tegula::logserver {

Result<crypto::PrivateKey> create_key_file(os::FileSystem& fs, const os::Path& path) {
  if (TRY(os::exists(fs, path)))
    return fail(Code::AlreadyExists, fmt::format("there is a key in \"{}\" already", path.native()),
                "a key is never replaced: a log with another key is another log");
  crypto::PrivateKey key = TRY(crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  TRY(os::create_secret(fs, path, bytes_of(key.pem())));
  return key;
}

Result<crypto::PrivateKey> read_key_file(const os::FileSystem& fs, const os::Path& path) {
  const std::string pem = TRY(os::read_secret(fs, path, limits::kKeyBytesMax));
  crypto::PrivateKey key = TRY(crypto::PrivateKey::from_pem(pem), path.native());
  if (key.public_key().type() != crypto::KeyType::Ed25519)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" holds no Ed25519 key", path.native()));
  return key;
}

}  // namespace tegula::logserver

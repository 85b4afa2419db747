#include "identity/file_key_store.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "os/secret_file.h"

namespace tegula::identity {
namespace {

constexpr std::string_view kSuffix = ".pem";
constexpr std::uint32_t kFolderMode = 0700;

}  // namespace

os::Path FileKeyStore::path_of(std::string_view name) const {
  return folder_ / fmt::format("{}{}", name, kSuffix);
}

Result<crypto::PrivateKey> FileKeyStore::read(std::string_view name) const {
  const os::Path path = path_of(name);
  const std::string pem = TRY(os::read_secret(fs_, path, limits::kKeyBytesMax));
  return TRY(crypto::PrivateKey::from_pem(pem), path.native());
}

Result<std::unique_ptr<crypto::Signer>> FileKeyStore::open(std::string_view name) const {
  TRY(check_key_name(name));
  auto key = read(name);
  if (!key && key.error().code == Code::NotFound)
    return fail(Code::NotFound, fmt::format("there is no key \"{}\"", name),
                fmt::format("`tegula key create {}` makes one", name));
  if (!key) return std::unexpected(std::move(key).error());
  return std::make_unique<crypto::PrivateKey>(std::move(*key));
}

Result<std::unique_ptr<crypto::Signer>> FileKeyStore::create(std::string_view name) {
  TRY(check_key_name(name));
  TRY(os::make_folders(fs_, folder_, kFolderMode));
  crypto::PrivateKey key = TRY(crypto::PrivateKey::generate(crypto::KeyType::P256));
  TRY(os::create_secret(fs_, path_of(name), bytes_of(key.pem())));
  return std::make_unique<crypto::PrivateKey>(std::move(key));
}

Result<std::vector<StoredKey>> FileKeyStore::list() const {
  std::vector<StoredKey> out;
  if (!TRY(os::exists(fs_, folder_))) return out;
  const std::vector<std::string> files = TRY(fs_.list(folder_));
  for (const std::string& file : files) {
    if (!file.ends_with(kSuffix)) continue;
    std::string name = file.substr(0, file.size() - kSuffix.size());
    const crypto::PrivateKey key = TRY(read(name));
    out.push_back({.name = std::move(name), .key = key.public_key()});
  }
  return out;
}

}  // namespace tegula::identity

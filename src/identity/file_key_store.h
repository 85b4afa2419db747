// Keys as PKCS #8 PEM files of mode 0600, `<name>.pem` in one folder (docs/reference/keys.md).
//
// Thread rule, errors: as KeyStore.
#pragma once

#include "identity/key_store.h"
#include "os/file_system.h"

namespace tegula::identity {

class FileKeyStore final : public KeyStore {
 public:
  // The folder is made with the first key. `fs` must outlive the store.
  FileKeyStore(os::FileSystem& fs, os::Path folder) : fs_(fs), folder_(std::move(folder)) {}

  Result<std::unique_ptr<crypto::Signer>> open(std::string_view name) const override;
  Result<std::unique_ptr<crypto::Signer>> create(std::string_view name) override;
  Result<std::vector<StoredKey>> list() const override;

 private:
  Result<crypto::PrivateKey> read(std::string_view name) const;
  os::Path path_of(std::string_view name) const;

  os::FileSystem& fs_;
  const os::Path folder_;
};

}  // namespace tegula::identity

// The private key of a log, a witness or a timestamp authority in a file of its own: PKCS #8 as
// PEM, mode 0600 (docs/reference/keys.md). The one place outside `identity` where a private key
// lies.
//
// Errors: AlreadyExists rather than a second key, replace_key_file apart; PermissionDenied for a
// file that others may read, InvalidArgument for what is no key of the kind that is wanted, and
// what the file system says. None quotes the key. Thread rule: free functions.
#pragma once

#include "crypto/key.h"
#include "os/file_system.h"

namespace tegula::logserver {

// Makes an Ed25519 key and its file, durably.
Result<crypto::PrivateKey> create_key_file(os::FileSystem& fs, const os::Path& path);

// Puts a key of any kind into its file, durably.
Result<void> write_key_file(os::FileSystem& fs, const os::Path& path,
                            const crypto::PrivateKey& key);

// The same in the place of one that is there.
Result<void> replace_key_file(os::FileSystem& fs, const os::Path& path,
                              const crypto::PrivateKey& key);

Result<crypto::PrivateKey> read_key_file(const os::FileSystem& fs, const os::Path& path,
                                         crypto::KeyType type = crypto::KeyType::Ed25519);

}  // namespace tegula::logserver

// Small files that only their owner may read: private keys, tokens.
//
// Errors: AlreadyExists rather than to replace one, PermissionDenied for a file that others may
// read, InvalidArgument for what is no file, Exhausted past the limit, and what the file system
// says. None quotes the secret. Thread rule: free functions.
#pragma once

#include <cstddef>
#include <string>

#include "os/file_system.h"

namespace tegula::os {

// Durably, mode 0600. The folder must be there.
Result<void> create_secret(FileSystem& fs, const Path& path, ByteView secret);

Result<std::string> read_secret(const FileSystem& fs, const Path& path, std::size_t bytes_max);

}  // namespace tegula::os

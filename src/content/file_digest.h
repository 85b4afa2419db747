// The digest of a file that is no blob of the store, or of a part of it.
//
// Thread rule: a free function.
#pragma once

#include <cstdint>

#include "base/progress.h"
#include "base/stop.h"
#include "content/digest.h"
#include "os/file_system.h"

namespace tegula::content {

// Of the bytes from `begin` to `end`. Unavailable if the file ends before.
Result<Digest> digest_of_range(const os::File& file, std::uint64_t begin, std::uint64_t end,
                               Progress& progress, const Stop& stop);

}  // namespace tegula::content

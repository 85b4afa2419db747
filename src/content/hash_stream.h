// One read of a blob gives both its digest and its tree, each hashed by a thread of its own over
// the same buffers.
//
// Thread rule: `read` is called on the calling thread only.
#pragma once

#include <functional>
#include <span>

#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_tree.h"
#include "content/digest.h"
#include "os/file_system.h"

namespace tegula::content {

struct HashedBlob {
  Digest digest;
  BlobTree tree;
};

// Fills the span; fewer bytes only at the end. An error ends the whole.
using ReadNext = std::function<Result<std::size_t>(std::span<std::uint8_t>)>;

Result<HashedBlob> hash_stream(const ReadNext& read, Progress& progress, const Stop& stop);

// The same over an open file, from its start.
Result<HashedBlob> hash_file(const os::File& file, Progress& progress, const Stop& stop);

HashedBlob hash_bytes(ByteView bytes);

}  // namespace tegula::content

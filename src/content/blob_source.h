// Where bytes come from, as the rest of Tegula sees it: a registry, a web server, a peer, another
// program's model folder, this disk. Bytes are named by digest before they move; what a source
// hands out is unverified until content has checked it (DESIGN §4, invariants 1 and 2).
//
// Thread rule: implementations are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "base/stop.h"
#include "content/descriptor.h"
#include "content/reference.h"

namespace tegula::content {

// A blob opened for reading ranges. Unverified.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  // Fills `into` from `offset` on; fewer bytes only at the end.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
};

class BlobSource {
 public:
  virtual ~BlobSource() = default;

  // NotFound if this source doesn't have it.
  virtual Result<std::unique_ptr<BlobReader>> open(const Digest& digest, std::uint64_t size,
                                                   const Stop& stop) = 0;
};

// Name → descriptor of a manifest.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<Descriptor> resolve(const Reference& reference, const Stop& stop) = 0;
};

}  // namespace tegula::content

// Where bytes come from, as the rest of Tegula sees it: a registry, a web server, a peer, another
// program's model folder, this disk. Bytes are named by digest before they move; what a source
// hands out is unverified until content has checked it (DESIGN §4, invariants 1 and 2).
//
// Errors of reading: Unavailable (try again), NotFound, PermissionDenied, Untrusted, Corrupt (it
// answers what nobody asked for), Cancelled, and whatever the receiver returned.
// Thread rule: implementations are thread-safe; a receiver is called on the reading thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/stop.h"
#include "content/blob_tree.h"
#include "content/descriptor.h"
#include "content/reference.h"

namespace tegula::content {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  bool operator==(const ByteRange&) const = default;
};

// How a source answers to a range.
struct RangeStart {
  std::uint64_t offset = 0;  // of the first byte that follows
  bool is_whole = false;     // it cannot choose: everything follows, from the blob's start
  std::string_view version =
      {};  // what its keeper calls these bytes (an entity tag); empty: nothing
};

// Who reads a range. An error ends the reading and is what it returns.
class RangeReceiver {
 public:
  virtual ~RangeReceiver() = default;

  // Once, before the first byte.
  virtual Result<void> begin(const RangeStart& start) = 0;

  // The bytes in order, as they arrive.
  virtual Result<void> take(ByteView bytes) = 0;
};

// A blob in a source. Unverified.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  // Hands over the range, and no byte more, or the whole blob. Unavailable if it ends too early.
  virtual Result<void> read(const ByteRange& range, RangeReceiver& receiver,
                            const Stop& stop) const = 0;

  virtual std::string name() const = 0;  // for messages: "https://host/path"
};

class BlobSource {
 public:
  virtual ~BlobSource() = default;

  // NotFound if this source doesn't have it; a source that only knows when it reads says so then.
  virtual Result<std::unique_ptr<BlobReader>> open(const Descriptor& blob, const Stop& stop) = 0;

  // The blob's tree, if the source keeps one. Unverified: whoever asks compares the root.
  virtual Result<std::optional<BlobTree>> tree(const Descriptor& blob, const Stop& stop) = 0;
};

// Name → descriptor of a manifest.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<Descriptor> resolve(const Reference& reference, const Stop& stop) = 0;
};

}  // namespace tegula::content

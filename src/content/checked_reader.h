// Bytes of a blob from any place on. Each mebibyte is checked in memory before a byte of it is
// given out, so what is read is what was checked, whatever happens to the file meanwhile.
//
// Errors: NotFound, Corrupt naming the layer and piece. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_tree.h"
#include "content/descriptor.h"
#include "content/store_context.h"

namespace tegula::content {

class CheckedReader {
 public:
  // Reads no bytes if the manifest vouches for the blob's tree, else all of them, once.
  static Result<CheckedReader> open(const StoreContext& store, const Descriptor& descriptor,
                                    Progress& progress, const Stop& stop);

  // Fills `into` from `offset` on; fewer bytes only at the blob's end.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into);

 private:
  CheckedReader(Descriptor descriptor, std::unique_ptr<os::File> file, BlobTree tree)
      : descriptor_(std::move(descriptor)), file_(std::move(file)), tree_(std::move(tree)) {}
  Result<void> load(std::uint64_t piece);

  Descriptor descriptor_;
  std::unique_ptr<os::File> file_;
  BlobTree tree_;
  Bytes piece_;  // checked
  std::optional<std::uint64_t> loaded_;
};

}  // namespace tegula::content

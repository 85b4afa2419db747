// A blob whose bytes were checked: what goes to the engine is this very open file.
//
// Nothing else makes a VerifiedBlob, so a function that takes one cannot be handed bytes that
// nobody looked at. The check is remembered by file identity: the next one is a few stat calls.
//
// Errors: NotFound, Corrupt naming the layer and piece. Thread rule: a resource with one owner.
#pragma once

#include <memory>

#include "base/progress.h"
#include "base/stop.h"
#include "content/descriptor.h"
#include "content/store_context.h"

namespace tegula::content {

class VerifiedBlob {
 public:
  const Descriptor& descriptor() const { return descriptor_; }
  const os::File& file() const { return *file_; }

  // For information; the file is what was checked, not the path.
  const os::Path& path() const { return path_; }

  // Whether the bytes were read now, or had been before.
  bool was_remembered() const { return was_remembered_; }

 private:
  friend Result<VerifiedBlob> open_verified(const StoreContext&, const Descriptor&, Progress&,
                                            const Stop&);
  VerifiedBlob(Descriptor descriptor, std::unique_ptr<os::File> file, os::Path path,
               bool was_remembered)
      : descriptor_(std::move(descriptor)),
        file_(std::move(file)),
        path_(std::move(path)),
        was_remembered_(was_remembered) {}

  Descriptor descriptor_;
  std::unique_ptr<os::File> file_;
  os::Path path_;
  bool was_remembered_ = false;
};

Result<VerifiedBlob> open_verified(const StoreContext& store, const Descriptor& descriptor,
                                   Progress& progress, const Stop& stop);

}  // namespace tegula::content

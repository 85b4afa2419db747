// For tests: a source that serves one blob from memory, as well or as badly as it is told.
//
// Thread rule: thread-safe; the members are set before anybody reads.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "content/blob_source.h"

namespace tegula::source {

class FakeSource final : public content::BlobSource {
 public:
  explicit FakeSource(std::string blob) : bytes(std::move(blob)) {}

  std::string bytes;
  std::string version = "\"v1\"";
  bool knows_ranges = true;
  bool keeps_tree = false;

  // Looks at each request before it is answered; an error is the answer. Called under a lock.
  std::function<Result<void>(const content::ByteRange&)> on_request = {};

  // Changes a range on its way; a shorter text breaks off there. Called under a lock.
  std::function<std::string(const content::ByteRange&, std::string)> on_its_way = {};

  std::vector<content::ByteRange> requests() const;
  std::uint64_t bytes_sent() const;

  Result<std::unique_ptr<content::BlobReader>> open(const content::Descriptor& blob,
                                                    const Stop& stop) override;
  Result<std::optional<content::BlobTree>> tree(const content::Descriptor& blob,
                                                const Stop& stop) override;

 private:
  class Reader;

  mutable std::mutex mutex_;
  std::vector<content::ByteRange> requests_;
  std::uint64_t sent_ = 0;
};

}  // namespace tegula::source

// For tests: keeps the files that a conversion writes.
#pragma once

#include <map>
#include <string>

#include "tensor/pipeline.h"

namespace tegula::tensor {

class MapSink final : public FolderSink {
 public:
  Result<void> begin(std::string_view name) override {
    at_ = &files.emplace(name, Bytes()).first->second;
    return {};
  }
  Result<void> append(ByteView bytes) override {
    at_->insert(at_->end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> end() override { return {}; }

  std::map<std::string, Bytes, std::less<>> files;

 private:
  Bytes* at_ = nullptr;
};

}  // namespace tegula::tensor

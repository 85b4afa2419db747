// A model's safetensors files: `model.safetensors`, or the shards that
// `model.safetensors.index.json` names (docs/reference/safetensors.md).
//
// Errors: NotFound if the folder has neither, or a shard is missing; Corrupt where index and shards
// contradict each other, naming shard and tensor; those of read_safetensors(), with the file's name
// in front.
// Thread rule: const access from any thread; read() too.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"
#include "tensor/safetensors.h"

namespace tegula::tensor {

// A tensor and the file it is in.
struct ShardTensor {
  SafetensorsTensor tensor;
  std::size_t shard = 0;
};

class SafetensorsSet {
 public:
  // Opens every shard and reads its header; the files stay open.
  static Result<SafetensorsSet> open(const os::FileSystem& fs, const os::Path& folder);

  // `stem` as in "adapter_model": one file, or an index with that name.
  static Result<SafetensorsSet> open(const os::FileSystem& fs, const os::Path& folder,
                                     std::string_view stem);

  std::span<const ShardTensor> tensors() const { return tensors_; }  // by name
  const ShardTensor* find(std::string_view name) const;              // null if absent
  std::span<const std::string> shards() const { return names_; }     // file names
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  // Fills `into` from byte `offset` of the tensor's data on. The range must lie within.
  Result<void> read(const ShardTensor& tensor, std::uint64_t offset,
                    std::span<std::uint8_t> into) const;

 private:
  Result<void> add_shard(const os::FileSystem& fs, const os::Path& folder, std::string name);

  std::vector<std::string> names_;
  std::vector<std::unique_ptr<os::File>> files_;
  std::vector<ShardTensor> tensors_;
  std::map<std::string, std::string> metadata_;  // of the first shard
};

// The text of an index, checked: which shard has which tensor.
using WeightMap = std::map<std::string, std::string, std::less<>>;
Result<WeightMap> parse_safetensors_index(std::string_view text);

}  // namespace tegula::tensor

// Writes safetensors: the header at once, tensor data as the caller streams it.
//
//   SafetensorsWriter writer;
//   writer.set_metadata("format", "pt");
//   writer.add_tensor("model.norm.weight", SafetensorsType::BF16, {{64}});
//   … append writer.header(), then the data of each tensor of writer.tensors(), without padding
//
// The form is canonical, and that of the format's own library: tensors by falling type (the order
// of SafetensorsType), then by name, whatever the order of the calls; the header without spaces but
// for the padding that aligns the data to 8 bytes. The same tensors and metadata give the same
// bytes.
//
// A CHECK fails on names used twice and shapes that the reader would refuse.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tensor/safetensors.h"

namespace tegula::tensor {

class SafetensorsWriter {
 public:
  void set_metadata(std::string_view key, std::string_view value);
  void add_tensor(std::string_view name, SafetensorsType type,
                  std::span<const std::uint64_t> shape);

  // In the order of their data, offsets as in the file.
  std::vector<SafetensorsTensor> tensors() const;
  std::uint64_t data_bytes() const;
  Bytes header() const;  // up to where the first tensor's data starts

 private:
  std::map<std::string, std::string> metadata_;
  std::set<std::string> names_;
  std::vector<SafetensorsTensor> tensors_;  // in the order of the calls, without offsets
};

// A whole file, all tensor data zero. For tests and seeds.
Bytes zero_file(const SafetensorsWriter& writer);

}  // namespace tegula::tensor

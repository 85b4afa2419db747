// Writes GGUF version 3: the header at once, tensor data as the caller streams it.
//
//   GgufWriter writer;
//   writer.set_text("general.architecture", "llama");
//   writer.add_tensor("token_embd.weight", DType::Q8_0, {{64, 300}});
//   … append writer.header(), then each tensor's data and writer.padding(of it) zero bytes, in
//   order
//
// A CHECK fails on names used twice and shapes that the reader would refuse.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tensor/dtype.h"
#include "tensor/gguf.h"

namespace tegula::tensor {

// Little-endian bytes, appended to.
class LeBytes {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void f32(float value);
  void text(std::string_view value);  // length and bytes
  void raw(ByteView value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  void zeros(std::uint64_t count) { bytes_.resize(bytes_.size() + count); }

  const Bytes& bytes() const { return bytes_; }
  Bytes take() && { return std::move(bytes_); }

 private:
  void number(std::uint64_t value, int bytes);
  Bytes bytes_;
};

class GgufWriter {
 public:
  explicit GgufWriter(std::uint32_t alignment = kGgufDefaultAlignment);

  void set_u16(std::string_view key, std::uint16_t value);
  void set_u32(std::string_view key, std::uint32_t value);
  void set_i32(std::string_view key, std::int32_t value);
  void set_u64(std::string_view key, std::uint64_t value);
  void set_f32(std::string_view key, float value);
  void set_bool(std::string_view key, bool value);
  void set_text(std::string_view key, std::string_view value);
  void set_texts(std::string_view key, std::span<const std::string> items);
  void set_f32s(std::string_view key, std::span<const float> items);
  void set_u32s(std::string_view key, std::span<const std::uint32_t> items);
  void set_i32s(std::string_view key, std::span<const std::int32_t> items);
  void set_bools(std::string_view key, std::span<const bool> items);

  // An entry of another file; `bytes` are the value's as they are there. general.alignment counts
  // for the tensors that follow.
  void set_copy(const GgufValue& value, ByteView bytes);

  void add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape);

  Bytes header() const;  // up to where the first tensor's data starts

  // Bytes of the tensor that was added as number `index`, and zeros that follow them.
  std::uint64_t tensor_size(std::size_t index) const { return tensors_[index].bytes; }
  std::uint64_t padding(std::size_t index) const;
  std::size_t tensor_count() const { return tensors_.size(); }
  DType tensor_type(std::size_t index) const { return tensors_[index].type; }

 private:
  void begin(std::string_view key, GgufType type);
  void begin_array(std::string_view key, GgufType type, std::uint64_t count);

  std::uint32_t alignment_;
  std::vector<std::string> keys_;
  LeBytes values_;
  std::vector<GgufTensor> tensors_;
  std::uint64_t data_bytes_ = 0;  // of all tensors, padded
};

// A whole file, all tensor data zero. For tests and seeds.
Bytes zero_file(const GgufWriter& writer);

}  // namespace tegula::tensor

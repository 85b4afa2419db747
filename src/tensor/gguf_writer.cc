#include "tensor/gguf_writer.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "tensor/checked.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kAlignmentKey = "general.alignment";

}  // namespace

void LeBytes::number(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void LeBytes::f32(float value) { u32(std::bit_cast<std::uint32_t>(value)); }

void LeBytes::text(std::string_view value) {
  u64(value.size());
  raw(bytes_of(value));
}

GgufWriter::GgufWriter(std::uint32_t alignment) : alignment_(alignment) {
  CHECK(std::has_single_bit(alignment));
  if (alignment != kGgufDefaultAlignment) set_u32(kAlignmentKey, alignment);
}

void GgufWriter::begin(std::string_view key, GgufType type) {
  CHECK(std::ranges::find(keys_, key) == keys_.end());
  keys_.emplace_back(key);
  values_.text(key);
  values_.u32(static_cast<std::uint32_t>(type));
}

void GgufWriter::begin_array(std::string_view key, GgufType type, std::uint64_t count) {
  begin(key, GgufType::Array);
  values_.u32(static_cast<std::uint32_t>(type));
  values_.u64(count);
}

void GgufWriter::set_u16(std::string_view key, std::uint16_t value) {
  begin(key, GgufType::U16);
  values_.u16(value);
}

void GgufWriter::set_u32(std::string_view key, std::uint32_t value) {
  begin(key, GgufType::U32);
  values_.u32(value);
}

void GgufWriter::set_i32(std::string_view key, std::int32_t value) {
  begin(key, GgufType::I32);
  values_.u32(static_cast<std::uint32_t>(value));
}

void GgufWriter::set_u64(std::string_view key, std::uint64_t value) {
  begin(key, GgufType::U64);
  values_.u64(value);
}

void GgufWriter::set_f32(std::string_view key, float value) {
  begin(key, GgufType::F32);
  values_.f32(value);
}

void GgufWriter::set_bool(std::string_view key, bool value) {
  begin(key, GgufType::Bool);
  values_.u8(value ? 1 : 0);
}

void GgufWriter::set_text(std::string_view key, std::string_view value) {
  begin(key, GgufType::Text);
  values_.text(value);
}

void GgufWriter::set_texts(std::string_view key, std::span<const std::string> items) {
  begin_array(key, GgufType::Text, items.size());
  for (const std::string& item : items) values_.text(item);
}

void GgufWriter::set_f32s(std::string_view key, std::span<const float> items) {
  begin_array(key, GgufType::F32, items.size());
  for (const float item : items) values_.f32(item);
}

void GgufWriter::set_u32s(std::string_view key, std::span<const std::uint32_t> items) {
  begin_array(key, GgufType::U32, items.size());
  for (const std::uint32_t item : items) values_.u32(item);
}

void GgufWriter::set_i32s(std::string_view key, std::span<const std::int32_t> items) {
  begin_array(key, GgufType::I32, items.size());
  for (const std::int32_t item : items) values_.u32(static_cast<std::uint32_t>(item));
}

void GgufWriter::set_bools(std::string_view key, std::span<const bool> items) {
  begin_array(key, GgufType::Bool, items.size());
  for (const bool item : items) values_.u8(item ? 1 : 0);
}

void GgufWriter::set_copy(const GgufValue& value, ByteView bytes) {
  CHECK(bytes.size() == value.bytes);
  if (value.key == kAlignmentKey) {
    CHECK(tensors_.empty() && value.as_uint());
    alignment_ = static_cast<std::uint32_t>(*value.as_uint());
  }
  if (value.is_array()) {
    begin_array(value.key, value.item_type, value.count);
  } else {
    begin(value.key, value.type);
  }
  values_.raw(bytes);
}

void GgufWriter::add_tensor(std::string_view name, DType type,
                            std::span<const std::uint64_t> shape) {
  CHECK(!shape.empty() && shape.size() <= limits::kGgufDimensionsMax);
  CHECK(name.size() <= limits::kGgufTensorNameCharsMax);
  const std::optional<std::uint64_t> bytes = tensor_bytes(type, shape);
  CHECK(bytes && *bytes > 0);
  GgufTensor tensor;
  tensor.name = name;
  tensor.type = type;
  tensor.dimensions = static_cast<std::uint32_t>(shape.size());
  std::ranges::copy(shape, tensor.shape.begin());
  tensor.bytes = *bytes;
  tensor.offset = data_bytes_;
  tensors_.push_back(tensor);
  data_bytes_ += *bytes + padding(tensors_.size() - 1);
}

std::uint64_t GgufWriter::padding(std::size_t index) const {
  const std::uint64_t bytes = tensors_[index].bytes;
  return checked_align(bytes, alignment_).value_or(bytes) - bytes;
}

Bytes GgufWriter::header() const {
  LeBytes out;
  out.raw(bytes_of("GGUF"));
  out.u32(kGgufVersion);
  out.u64(tensors_.size());
  out.u64(keys_.size());
  out.raw(values_.bytes());
  for (const GgufTensor& tensor : tensors_) {
    out.text(tensor.name);
    out.u32(tensor.dimensions);
    for (const std::uint64_t size : tensor.used_shape()) out.u64(size);
    out.u32(static_cast<std::uint32_t>(tensor.type));
    out.u64(tensor.offset);
  }
  const std::uint64_t size = out.bytes().size();
  if (!tensors_.empty()) out.zeros(checked_align(size, alignment_).value_or(size) - size);
  return std::move(out).take();
}

Bytes zero_file(const GgufWriter& writer) {
  Bytes file = writer.header();
  for (std::size_t i = 0; i < writer.tensor_count(); ++i)
    file.resize(file.size() + writer.tensor_size(i) + writer.padding(i));
  return file;
}

}  // namespace tegula::tensor

#include "tensor/safetensors_writer.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "tensor/checked.h"
#include "tensor/gguf_writer.h"
#include "tensor/name_check.h"

namespace tegula::tensor {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kAlignment = 8;

// A JSON string; `text` is UTF-8.
std::string json_text(std::string_view text) { return codec::Json(text).dump(); }

std::string entry_text(const SafetensorsTensor& tensor, std::uint64_t begin) {
  return fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                     json_text(tensor.name), safetensors_type_name(tensor.type),
                     fmt::join(tensor.shape, ","), begin, begin + tensor.bytes);
}

// The header without its length: members in the order of the data, as the format's own writer has
// them, so that a reader that streams meets names and data in one order.
std::string header_text(const std::map<std::string, std::string>& metadata,
                        const std::vector<SafetensorsTensor>& tensors) {
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + codec::Json(metadata).dump();
  std::uint64_t offset = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    if (text.size() > 1) text += ',';
    text += entry_text(tensor, offset);
    offset += tensor.bytes;
  }
  text += '}';
  text.resize(*checked_align(text.size(), kAlignment), ' ');
  return text;
}

// By falling type, then by name: the order of the format's own library.
std::vector<SafetensorsTensor> sorted(std::vector<SafetensorsTensor> tensors) {
  std::ranges::sort(tensors, [](const SafetensorsTensor& a, const SafetensorsTensor& b) {
    return a.type != b.type ? a.type > b.type : a.name < b.name;
  });
  return tensors;
}

}  // namespace

void SafetensorsWriter::set_metadata(std::string_view key, std::string_view value) {
  CHECK(is_utf8(key) && is_utf8(value));
  CHECK(metadata_.emplace(key, value).second);
}

void SafetensorsWriter::add_tensor(std::string_view name, SafetensorsType type,
                                   std::span<const std::uint64_t> shape) {
  CHECK(check_name(name) && name.size() <= limits::kSafetensorsNameBytesMax);
  CHECK(shape.size() <= limits::kSafetensorsDimensionsMax);
  CHECK(names_.emplace(name).second);
  const std::optional<std::uint64_t> bytes = safetensors_bytes(type, shape);
  CHECK(bytes);
  SafetensorsTensor tensor;
  tensor.name = name;
  tensor.type = type;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.bytes = *bytes;
  tensors_.push_back(std::move(tensor));
}

std::uint64_t SafetensorsWriter::data_bytes() const {
  std::uint64_t sum = 0;
  for (const SafetensorsTensor& tensor : tensors_) sum += tensor.bytes;
  return sum;
}

std::vector<SafetensorsTensor> SafetensorsWriter::tensors() const {
  std::vector<SafetensorsTensor> out = sorted(tensors_);
  std::uint64_t offset = kLengthBytes + header_text(metadata_, out).size();
  for (SafetensorsTensor& tensor : out) {
    tensor.offset = offset;
    offset += tensor.bytes;
  }
  return out;
}

Bytes SafetensorsWriter::header() const {
  const std::string text = header_text(metadata_, sorted(tensors_));
  LeBytes out;
  out.u64(text.size());
  out.raw(bytes_of(text));
  return std::move(out).take();
}

Bytes zero_file(const SafetensorsWriter& writer) {
  Bytes file = writer.header();
  file.resize(file.size() + writer.data_bytes());
  return file;
}

}  // namespace tegula::tensor

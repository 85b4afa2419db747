// A strict reader of GGUF version 3, little-endian (docs/reference/gguf.md; ggml/include/gguf.h of
// the pinned llama.cpp). Every model file passes it before the engine sees the file, so it accepts
// only what has one meaning: whatever it cannot account for, down to the last byte, is refused.
//
// It reads the metadata only, through a window; tensor data is measured, not read. Long arrays stay
// in the file: a GgufValue tells where.
//
// Errors: InvalidArgument if it is no GGUF file at all, Unsupported for what is well-formed but not
// read (versions 1 and 2, big-endian, removed tensor types, anything past a limit), Corrupt for the
// rest; each names the key or tensor and the place. Those of the source pass through.
// Thread rule: Gguf is a value; const access from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "tensor/byte_source.h"
#include "tensor/dtype.h"

namespace tegula::tensor {

inline constexpr std::uint32_t kGgufVersion = 3;
inline constexpr std::uint32_t kGgufDefaultAlignment = 32;

enum class GgufType : std::uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  Text = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12,
};

std::string_view gguf_type_name(GgufType type);  // "u32", "string", "array"

// Bytes of one value of a fixed-size type; 0 for strings and arrays.
std::uint64_t gguf_type_bytes(GgufType type);

// A metadata entry. Of an array only the place and, if numeric and short, the bytes are kept.
struct GgufValue {
  std::string key;
  GgufType type = GgufType::U8;
  GgufType item_type = GgufType::U8;  // of an array's items; else the same as type
  std::uint64_t count = 1;            // of an array's items; else 1
  std::uint64_t offset = 0;           // in the file: of the first item, or of the value
  std::uint64_t bytes = 0;            // in the file, from offset on
  std::string text;                   // of a Text
  Bytes raw;                          // of a number, or of the items if raw_kept()

  bool is_array() const { return type == GgufType::Array; }
  bool raw_kept() const { return !raw.empty(); }

  // The value as that kind of thing, whatever its width; empty if it is another kind, an array, or
  // does not fit.
  std::optional<std::uint64_t> as_uint() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_double() const;  // F32 and F64 only
  std::optional<bool> as_bool() const;
  std::optional<std::string_view> as_text() const;

  // An array's item, if the array is one of numbers and was kept.
  std::optional<std::uint64_t> uint_item(std::uint64_t index) const;
};

struct GgufTensor {
  std::string name;
  DType type = DType::F32;
  std::uint32_t dimensions = 1;
  std::array<std::uint64_t, 4> shape = {1, 1, 1, 1};  // shape[0] is the row; unused ones are 1
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  // in the file, not in the data section

  std::span<const std::uint64_t> used_shape() const {
    return std::span<const std::uint64_t>(shape).first(dimensions);
  }
};

struct GgufLimits {
  std::uint64_t metadata_bytes_max = limits::kGgufMetadataBytesMax;
  std::uint64_t keys_max = limits::kGgufKeysMax;
  std::uint64_t tensors_max = limits::kGgufTensorsMax;
  std::uint64_t key_bytes_max = limits::kGgufKeyCharsMax;
  std::uint64_t tensor_name_bytes_max = limits::kGgufTensorNameCharsMax;
  std::uint64_t string_bytes_max = limits::kGgufStringBytesMax;
  std::uint64_t array_items_max = limits::kGgufArrayItemsMax;
  std::uint64_t array_kept_bytes_max = limits::kGgufArrayKeptBytesMax;  // more stays in the file
  std::uint32_t alignment_max = limits::kGgufAlignmentMax;
};

class Gguf {
 public:
  std::span<const GgufValue> values() const { return values_; }     // in the file's order
  std::span<const GgufTensor> tensors() const { return tensors_; }  // in the file's order
  const GgufValue* find(std::string_view key) const;                // null if absent
  const GgufTensor* find_tensor(std::string_view name) const;       // null if absent

  std::uint32_t alignment() const { return alignment_; }
  std::uint64_t metadata_bytes() const { return metadata_bytes_; }  // header to last tensor info
  std::uint64_t data_offset() const { return data_offset_; }
  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  friend class GgufReader;
  std::vector<GgufValue> values_;
  std::vector<GgufTensor> tensors_;
  std::vector<std::uint32_t> values_by_key_;
  std::vector<std::uint32_t> tensors_by_name_;
  std::uint32_t alignment_ = kGgufDefaultAlignment;
  std::uint64_t metadata_bytes_ = 0;
  std::uint64_t data_offset_ = 0;
  std::uint64_t file_bytes_ = 0;
};

Result<Gguf> read_gguf(const ByteSource& source, const GgufLimits& limits = {});

// The strings of an array of strings, read from the file again.
Result<std::vector<std::string>> read_strings(const ByteSource& source, const GgufValue& value);

// The items of an array of numbers as they are in the file, read from the file unless kept.
Result<Bytes> read_items(const ByteSource& source, const GgufValue& value);

}  // namespace tegula::tensor

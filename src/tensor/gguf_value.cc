// Typed access to metadata values, and to arrays that stayed in the file.
#include <bit>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"
#include "tensor/checked.h"
#include "tensor/gguf.h"
#include "tensor/window.h"

namespace tegula::tensor {
namespace {

std::uint64_t load_bits(ByteView raw) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) bits |= std::uint64_t{raw[i]} << (8 * i);
  return bits;
}

std::int64_t sign_extend(std::uint64_t bits, std::uint64_t bytes) {
  const auto shift = static_cast<int>(64 - 8 * bytes);
  return static_cast<std::int64_t>(bits << shift) >> shift;
}

// The number in `raw`, if the type is one of integers and the number is not negative.
std::optional<std::uint64_t> uint_in(GgufType type, ByteView raw) {
  const std::uint64_t bits = load_bits(raw);
  switch (type) {
    case GgufType::U8:
    case GgufType::U16:
    case GgufType::U32:
    case GgufType::U64: return bits;
    case GgufType::I8:
    case GgufType::I16:
    case GgufType::I32:
    case GgufType::I64: {
      const std::int64_t value = sign_extend(bits, raw.size());
      if (value < 0) return {};
      return static_cast<std::uint64_t>(value);
    }
    case GgufType::Bool:
    case GgufType::F32:
    case GgufType::F64:
    case GgufType::Text:
    case GgufType::Array: return {};
  }
  return {};
}

}  // namespace

std::string_view gguf_type_name(GgufType type) {
  switch (type) {
    case GgufType::U8: return "u8";
    case GgufType::I8: return "i8";
    case GgufType::U16: return "u16";
    case GgufType::I16: return "i16";
    case GgufType::U32: return "u32";
    case GgufType::I32: return "i32";
    case GgufType::F32: return "f32";
    case GgufType::Bool: return "bool";
    case GgufType::Text: return "string";
    case GgufType::Array: return "array";
    case GgufType::U64: return "u64";
    case GgufType::I64: return "i64";
    case GgufType::F64: return "f64";
  }
  return "unknown";
}

std::uint64_t gguf_type_bytes(GgufType type) {
  switch (type) {
    case GgufType::U8:
    case GgufType::I8:
    case GgufType::Bool: return 1;
    case GgufType::U16:
    case GgufType::I16: return 2;
    case GgufType::U32:
    case GgufType::I32:
    case GgufType::F32: return 4;
    case GgufType::U64:
    case GgufType::I64:
    case GgufType::F64: return 8;
    case GgufType::Text:
    case GgufType::Array: return 0;
  }
  return 0;
}

std::optional<std::uint64_t> GgufValue::as_uint() const {
  if (is_array()) return {};
  return uint_in(type, raw);
}

std::optional<std::int64_t> GgufValue::as_int() const {
  switch (type) {
    case GgufType::I8:
    case GgufType::I16:
    case GgufType::I32:
    case GgufType::I64: return sign_extend(load_bits(raw), raw.size());
    case GgufType::U8:
    case GgufType::U16:
    case GgufType::U32:
    case GgufType::U64:
    case GgufType::F32:
    case GgufType::F64:
    case GgufType::Bool:
    case GgufType::Text:
    case GgufType::Array: break;
  }
  const std::optional<std::uint64_t> value = as_uint();
  if (!value || *value > std::numeric_limits<std::int64_t>::max()) return {};
  return static_cast<std::int64_t>(*value);
}

std::optional<double> GgufValue::as_double() const {
  if (type == GgufType::F32)
    return std::bit_cast<float>(static_cast<std::uint32_t>(load_bits(raw)));
  if (type == GgufType::F64) return std::bit_cast<double>(load_bits(raw));
  return {};
}

std::optional<bool> GgufValue::as_bool() const {
  if (type != GgufType::Bool) return {};
  return raw[0] != 0;
}

std::optional<std::string_view> GgufValue::as_text() const {
  if (type != GgufType::Text) return {};
  return text;
}

std::optional<std::uint64_t> GgufValue::uint_item(std::uint64_t index) const {
  if (!is_array() || !raw_kept() || index >= count) return {};
  const std::uint64_t width = gguf_type_bytes(item_type);
  const ByteView item = ByteView(raw).subspan(index * width, width);
  if (item_type == GgufType::Bool) return item[0];
  return uint_in(item_type, item);
}

Result<std::vector<std::string>> read_strings(const ByteSource& source, const GgufValue& value) {
  CHECK(value.is_array() && value.item_type == GgufType::Text);
  const std::uint64_t end = value.offset + value.bytes;
  if (end > source.size()) return fail(Code::Corrupt, "the file became shorter since it was read");
  Window window(source, value.offset, end);
  std::vector<std::string> strings;
  strings.reserve(value.count);
  for (std::uint64_t i = 0; i < value.count; ++i) {
    const std::uint64_t bytes = TRY(window.u64());
    strings.emplace_back(text_of(TRY(window.take(bytes))));
  }
  return strings;
}

Result<Bytes> read_items(const ByteSource& source, const GgufValue& value) {
  CHECK(value.is_array() && gguf_type_bytes(value.item_type) != 0);
  if (value.raw_kept()) return value.raw;
  Bytes items(value.bytes);
  if (TRY(source.read_at(value.offset, items)) != items.size())
    return fail(Code::Corrupt, "the file became shorter since it was read");
  return items;
}

}  // namespace tegula::tensor

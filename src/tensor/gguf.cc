#include "tensor/gguf.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include <fmt/format.h>

#include "base/utf8.h"
#include "tensor/checked.h"
#include "tensor/name_check.h"
#include "tensor/window.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr std::string_view kAlignmentKey = "general.alignment";
constexpr std::uint64_t kHeaderBytes = 24;     // magic, version, two counts
constexpr std::uint64_t kValueBytesMin = 13;   // length, type, one byte
constexpr std::uint64_t kTensorBytesMin = 32;  // length, dimensions, one of them, type, offset
constexpr std::uint64_t kScanBytes = 64 * 1024;

constexpr Code kOverLimit = Code::Unsupported;

// What the file may be instead, by its first bytes.
std::string not_gguf_hint(std::string_view head) {
  if (head.starts_with("version https://git-lfs"))
    return "this is a Git LFS pointer; fetch the file itself with `git lfs pull`";
  if (head.starts_with("<!") || head.starts_with("<h") || head.starts_with("<H"))
    return "this is a web page; the download did not give the file";
  if (head.starts_with("PK")) return "this is a zip archive, perhaps a PyTorch checkpoint";
  if (head.size() > 8 && head[8] == '{') return "this looks like a safetensors file";
  if (head.starts_with("lmgg") || head.starts_with("tjgg") || head.starts_with("fmgg"))
    return "this is GGML, the format before GGUF; convert the original model anew";
  return "expected the letters GGUF at the start";
}

Result<void> check_magic(const ByteSource& source) {
  std::array<std::uint8_t, 64> head{};
  const std::size_t got = TRY(source.read_at(0, head));
  const std::string_view text = text_of(ByteView(head).first(got));
  if (text.starts_with(kMagic)) return {};
  if (text.empty()) return fail(Code::InvalidArgument, "not a GGUF file: it is empty");
  return fail(Code::InvalidArgument, "not a GGUF file", not_gguf_hint(text));
}

Result<void> check_version(std::uint32_t version, std::uint64_t tensors) {
  if (version == kGgufVersion) return {};
  if (version != 0 && (version & 0xFFFF) == 0) {
    return fail(Code::Unsupported,
                fmt::format("big-endian GGUF (version {}) is not read", std::byteswap(version)),
                "convert the model for a little-endian machine");
  }
  // Versions 2 and 3 have the same layout, so that the count says what the file is.
  const std::string_view kind =
      version == 2 && tensors == 0 ? "; this one has no tensors, only a vocabulary" : "";
  return fail(Code::Unsupported,
              fmt::format("GGUF version {} is not read, only version 3{}", version, kind),
              "convert the model again with a current llama.cpp");
}

std::string quoted(std::string_view noun, std::string_view name) {
  return fmt::format("{} \"{}\"", noun, name);
}

std::optional<GgufType> type_from(std::uint32_t number) {
  if (number > static_cast<std::uint32_t>(GgufType::F64)) return {};
  return static_cast<GgufType>(number);
}

// The order of `items` by name; Corrupt if two have the same.
template <class T, class Name>
Result<std::vector<std::uint32_t>> order_by_name(const std::vector<T>& items, Name name,
                                                 std::string_view noun) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(
      order, {}, [&](std::uint32_t i) { return std::pair(std::string_view(name(items[i])), i); });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (name(items[order[i]]) == name(items[order[i - 1]])) {
      return fail(Code::Corrupt,
                  fmt::format("{}: appears twice, as number {} and {}",
                              quoted(noun, name(items[order[i]])), order[i - 1], order[i]));
    }
  }
  return order;
}

template <class T, class Name>
const T* find_by_name(const std::vector<T>& items, const std::vector<std::uint32_t>& order,
                      Name name, std::string_view wanted) {
  const auto at = std::ranges::lower_bound(
      order, wanted, {}, [&](std::uint32_t i) { return std::string_view(name(items[i])); });
  if (at == order.end() || name(items[*at]) != wanted) return nullptr;
  return &items[*at];
}

const std::string& key_of(const GgufValue& value) { return value.key; }
const std::string& name_of(const GgufTensor& tensor) { return tensor.name; }

}  // namespace

const GgufValue* Gguf::find(std::string_view key) const {
  return find_by_name(values_, values_by_key_, key_of, key);
}

const GgufTensor* Gguf::find_tensor(std::string_view name) const {
  return find_by_name(tensors_, tensors_by_name_, name_of, name);
}

// Reads top to bottom, in the order of the file.
class GgufReader {
 public:
  GgufReader(const ByteSource& source, const GgufLimits& limits)
      : limits_(limits),
        file_bytes_(source.size()),
        window_(source, 0, limits.metadata_bytes_max) {}

  Result<Gguf> read();

 private:
  Result<void> read_counts();
  Result<void> check_count(std::string_view noun, std::uint64_t count, std::uint64_t count_max,
                           std::uint64_t bytes_min) const;
  Result<void> read_values();
  Result<std::string> read_name(std::uint64_t bytes_max);
  Result<GgufType> read_type();
  Result<void> read_payload(GgufValue& value);
  Result<void> read_text(GgufValue& value);
  Result<void> read_array(GgufValue& value);
  Result<void> read_numbers(GgufValue& value);
  Result<void> scan_bools(std::uint64_t count);
  Result<void> scan_strings(std::uint64_t count);
  Result<std::uint64_t> read_string_bytes();
  Result<void> read_alignment();
  Result<void> read_tensors();
  Result<void> read_tensor(GgufTensor& tensor);
  Result<void> read_shape(GgufTensor& tensor);
  Result<DType> read_dtype();
  Result<void> place_tensors();
  Result<void> check_end(std::uint64_t data_end) const;

  const GgufLimits& limits_;
  std::uint64_t file_bytes_;
  Window window_;
  std::uint64_t value_count_ = 0;
  std::uint64_t tensor_count_ = 0;
  Gguf out_;
};

Result<Gguf> GgufReader::read() {
  TRY(read_counts());
  TRY(read_values());
  TRY(read_alignment());
  TRY(read_tensors());
  TRY(place_tensors());
  return std::move(out_);
}

Result<void> GgufReader::read_counts() {
  const ByteView header = TRY(window_.take(kHeaderBytes), "header");
  tensor_count_ = load_u64(header.subspan(8));
  value_count_ = load_u64(header.subspan(16));
  TRY(check_version(load_u32(header.subspan(4)), tensor_count_));
  TRY(check_count("metadata entries", value_count_, limits_.keys_max, kValueBytesMin));
  return check_count("tensors", tensor_count_, limits_.tensors_max, kTensorBytesMin);
}

Result<void> GgufReader::check_count(std::string_view noun, std::uint64_t count,
                                     std::uint64_t count_max, std::uint64_t bytes_min) const {
  if (count > count_max) {
    return fail(kOverLimit, fmt::format("the header claims {} {}, at most {} are read", count, noun,
                                        count_max));
  }
  if (count * bytes_min > window_.remaining()) {
    return fail(Code::Corrupt,
                fmt::format("the header claims {} {}, too many for a file of {} bytes", count, noun,
                            file_bytes_),
                std::string(kCutShortHint));
  }
  return {};
}

Result<void> GgufReader::read_values() {
  out_.values_.resize(value_count_);
  for (std::uint64_t i = 0; i < value_count_; ++i) {
    GgufValue& value = out_.values_[i];
    const std::uint64_t at = window_.offset();
    value.key = TRY(read_name(limits_.key_bytes_max), fmt::format("key {} at byte {}", i, at));
    TRY(read_payload(value), quoted("key", value.key));
  }
  out_.values_by_key_ = TRY(order_by_name(out_.values_, key_of, "key"));
  return {};
}

Result<std::string> GgufReader::read_name(std::uint64_t bytes_max) {
  const std::uint64_t bytes = TRY(window_.u64());
  if (bytes > window_.remaining()) TRY(window_.skip(bytes));  // fails, saying where
  if (bytes > bytes_max) {
    return fail(kOverLimit,
                fmt::format("the name has {} bytes, at most {} are read", bytes, bytes_max));
  }
  const std::string_view name = text_of(TRY(window_.take(bytes)));
  TRY(check_name(name));
  return std::string(name);
}

Result<GgufType> GgufReader::read_type() {
  const std::uint64_t at = window_.offset();
  const std::uint32_t number = TRY(window_.u32());
  const std::optional<GgufType> type = type_from(number);
  if (!type)
    return fail(Code::Corrupt, fmt::format("unknown value type {} at byte {}", number, at));
  return *type;
}

Result<void> GgufReader::read_payload(GgufValue& value) {
  value.type = value.item_type = TRY(read_type());
  value.offset = window_.offset();
  if (value.type == GgufType::Array) {
    TRY(read_array(value));
  } else if (value.type == GgufType::Text) {
    TRY(read_text(value));
  } else {
    TRY(read_numbers(value));
  }
  value.bytes = window_.offset() - value.offset;
  return {};
}

// The engine hands strings on as C strings: one with a zero byte would not be what was checked.
Result<void> GgufReader::read_text(GgufValue& value) {
  const std::uint64_t bytes = TRY(read_string_bytes());
  const std::string_view text = text_of(TRY(window_.take(bytes)));
  if (!is_utf8(text)) {
    return fail(Code::Corrupt, fmt::format("the string at byte {} is not UTF-8", value.offset));
  }
  if (text.find('\0') != std::string_view::npos) {
    return fail(Code::Corrupt,
                fmt::format("the string at byte {} holds a zero byte", value.offset));
  }
  value.text = text;
  return {};
}

// The length of a string, which the file is known to hold.
Result<std::uint64_t> GgufReader::read_string_bytes() {
  const std::uint64_t bytes = TRY(window_.u64());
  if (bytes > window_.remaining()) TRY(window_.skip(bytes));  // fails, saying where
  if (bytes > limits_.string_bytes_max) {
    return fail(kOverLimit, fmt::format("the string at byte {} has {} bytes, at most {} are read",
                                        window_.offset(), bytes, limits_.string_bytes_max));
  }
  return bytes;
}

Result<void> GgufReader::read_array(GgufValue& value) {
  value.item_type = TRY(read_type());
  if (value.item_type == GgufType::Array)
    return fail(Code::Unsupported, "an array of arrays is not read");
  value.count = TRY(window_.u64());
  if (value.count > limits_.array_items_max) {
    return fail(kOverLimit, fmt::format("the array has {} items, at most {} are read", value.count,
                                        limits_.array_items_max));
  }
  value.offset = window_.offset();
  if (value.item_type == GgufType::Text) return scan_strings(value.count);
  return read_numbers(value);
}

Result<void> GgufReader::read_numbers(GgufValue& value) {
  const std::uint64_t bytes = value.count * gguf_type_bytes(value.item_type);
  if (bytes > limits_.array_kept_bytes_max) {
    if (value.item_type == GgufType::Bool) return scan_bools(value.count);
    return window_.skip(bytes);
  }
  const ByteView raw = TRY(window_.take(bytes));
  if (value.item_type == GgufType::Bool && std::ranges::any_of(raw, [](auto b) { return b > 1; }))
    return fail(Code::Corrupt, fmt::format("a bool at byte {} is not 0 or 1", value.offset));
  value.raw.assign(raw.begin(), raw.end());
  return {};
}

Result<void> GgufReader::scan_bools(std::uint64_t count) {
  for (std::uint64_t done = 0; done < count;) {
    const std::uint64_t at = window_.offset();
    const ByteView part = TRY(window_.take(std::min(count - done, kScanBytes)));
    const auto bad = std::ranges::find_if(part, [](std::uint8_t b) { return b > 1; });
    if (bad != part.end()) {
      return fail(Code::Corrupt,
                  fmt::format("item at byte {}: a bool is 0 or 1, got {}",
                              at + static_cast<std::uint64_t>(bad - part.begin()), *bad));
    }
    done += part.size();
  }
  return {};
}

Result<void> GgufReader::scan_strings(std::uint64_t count) {
  if (count * sizeof(std::uint64_t) > window_.remaining())
    TRY(window_.skip(count * sizeof(std::uint64_t)));  // fails, saying where
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = window_.offset();
    const std::uint64_t bytes = TRY(read_string_bytes(), fmt::format("item {}", i));
    if (!is_utf8(text_of(TRY(window_.take(bytes), fmt::format("item {}", i)))))
      return fail(Code::Corrupt, fmt::format("item {} at byte {} is not UTF-8", i, at));
  }
  return {};
}

Result<void> GgufReader::read_alignment() {
  const GgufValue* value = out_.find(kAlignmentKey);
  if (value == nullptr) return {};
  const std::string where = quoted("key", kAlignmentKey);
  if (value->type != GgufType::U32) {
    return fail(Code::Corrupt,
                fmt::format("{}: expected a u32, got {}", where, gguf_type_name(value->type)));
  }
  const std::uint64_t alignment = value->as_uint().value_or(0);
  if (!std::has_single_bit(alignment))
    return fail(Code::Corrupt, fmt::format("{}: {} is not a power of two", where, alignment));
  if (alignment > limits_.alignment_max) {
    return fail(kOverLimit,
                fmt::format("{}: {} is more than {}", where, alignment, limits_.alignment_max));
  }
  out_.alignment_ = static_cast<std::uint32_t>(alignment);
  return {};
}

Result<void> GgufReader::read_tensors() {
  out_.tensors_.resize(tensor_count_);
  for (std::uint64_t i = 0; i < tensor_count_; ++i) {
    GgufTensor& tensor = out_.tensors_[i];
    const std::uint64_t at = window_.offset();
    tensor.name =
        TRY(read_name(limits_.tensor_name_bytes_max), fmt::format("tensor {} at byte {}", i, at));
    TRY(read_tensor(tensor), quoted("tensor", tensor.name));
  }
  out_.tensors_by_name_ = TRY(order_by_name(out_.tensors_, name_of, "tensor"));
  return {};
}

Result<void> GgufReader::read_tensor(GgufTensor& tensor) {
  TRY(read_shape(tensor));
  tensor.type = TRY(read_dtype());
  tensor.offset = TRY(window_.u64());  // in the data section, until place_tensors()
  const DTypeTraits& type = traits(tensor.type);
  if (tensor.shape[0] % type.block_elements != 0) {
    return fail(Code::Corrupt, fmt::format("rows of {} elements are not whole blocks of {} ({})",
                                           tensor.shape[0], type.block_elements, type.name));
  }
  const std::optional<std::uint64_t> bytes = tensor_bytes(tensor.type, tensor.used_shape());
  if (!bytes) return fail(Code::Corrupt, "its size in bytes is over 2^64");
  tensor.bytes = *bytes;
  return {};
}

Result<void> GgufReader::read_shape(GgufTensor& tensor) {
  tensor.dimensions = TRY(window_.u32());
  if (tensor.dimensions == 0 || tensor.dimensions > limits::kGgufDimensionsMax) {
    const std::uint32_t claimed = tensor.dimensions;
    return fail(Code::Corrupt, fmt::format("expected 1 to {} dimensions, got {}",
                                           limits::kGgufDimensionsMax, claimed));
  }
  for (std::uint32_t i = 0; i < tensor.dimensions; ++i) {
    tensor.shape[i] = TRY(window_.u64());
    if (tensor.shape[i] == 0) return fail(Code::Corrupt, fmt::format("dimension {} is zero", i));
  }
  const std::optional<std::uint64_t> elements = element_count(tensor.used_shape());
  if (!elements) return fail(Code::Corrupt, "it has 2^63 elements or more");
  tensor.elements = *elements;
  return {};
}

Result<DType> GgufReader::read_dtype() {
  const std::uint64_t at = window_.offset();
  const std::uint32_t number = TRY(window_.u32());
  if (dtype_removed(number)) {
    return fail(Code::Unsupported, fmt::format("type {} is no longer part of GGUF", number),
                "convert or quantise the model again with a current llama.cpp");
  }
  const std::optional<DType> type = dtype_from(number);
  if (!type) {
    return fail(Code::Corrupt, fmt::format("unknown tensor type {} at byte {}", number, at),
                "the file may be newer than this version of tegula");
  }
  return *type;
}

// Each tensor must start where the one before ends, padded: no gaps, no overlaps, one order.
Result<void> GgufReader::place_tensors() {
  out_.file_bytes_ = file_bytes_;
  out_.metadata_bytes_ = out_.data_offset_ = window_.offset();
  if (tensor_count_ == 0) return check_end(out_.metadata_bytes_);
  out_.data_offset_ = checked_align(out_.metadata_bytes_, out_.alignment_).value_or(file_bytes_);
  std::uint64_t expected = 0;
  std::uint64_t end = out_.data_offset_;
  for (GgufTensor& tensor : out_.tensors_) {
    if (tensor.offset != expected) {
      return fail(Code::Corrupt,
                  fmt::format("{}: data starts at {} of the data section, expected {}",
                              quoted("tensor", tensor.name), tensor.offset, expected));
    }
    tensor.offset += out_.data_offset_;
    const std::optional<std::uint64_t> tensor_end = checked_add(tensor.offset, tensor.bytes);
    if (!tensor_end || *tensor_end > file_bytes_) {
      return fail(Code::Corrupt,
                  fmt::format("{}: data ends at {}, but the file has {} bytes",
                              quoted("tensor", tensor.name),
                              tensor_end ? fmt::to_string(*tensor_end) : "over 2^64", file_bytes_),
                  std::string(kCutShortHint));
    }
    end = *tensor_end;
    // Cannot overflow: `end` is within the file, and no file comes near 2^64 bytes.
    expected = checked_align(end, out_.alignment_).value_or(end) - out_.data_offset_;
  }
  return check_end(end);
}

// The padding after the last tensor may be missing; after it nothing may follow.
Result<void> GgufReader::check_end(std::uint64_t data_end) const {
  const std::uint64_t padded = checked_align(data_end, out_.alignment_).value_or(data_end);
  if (file_bytes_ <= padded) return {};
  return fail(Code::Corrupt, fmt::format("{} bytes follow the end of the data at {}",
                                         file_bytes_ - padded, padded));
}

Result<Gguf> read_gguf(const ByteSource& source, const GgufLimits& limits) {
  TRY(check_magic(source), "gguf");
  return TRY(GgufReader(source, limits).read(), "gguf");
}

}  // namespace tegula::tensor

#include "tensor/safetensors.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codec/json.h"
#include "tensor/checked.h"
#include "tensor/file_json.h"
#include "tensor/name_check.h"
#include "tensor/window.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kHeaderDepthMax = 3;  // header, tensor, shape

// What the file may be instead, by its first bytes.
std::string not_safetensors_hint(std::string_view head) {
  if (head.starts_with("version https://git-lfs"))
    return "this is a Git LFS pointer; fetch the file itself with `git lfs pull`";
  if (head.starts_with("<!") || head.starts_with("<h") || head.starts_with("<H"))
    return "this is a web page; the download did not give the file";
  if (head.starts_with("GGUF")) return "this is a GGUF file";
  if (head.starts_with("PK")) return "this is a zip archive, perhaps a PyTorch checkpoint";
  return "expected eight bytes of length and a JSON object";
}

// The header's text.
Result<std::string> read_header(const ByteSource& source, const SafetensorsLimits& limits) {
  Bytes head(std::min<std::uint64_t>(source.size(), 64));
  if (TRY(source.read_at(0, head)) != head.size())
    return fail(Code::Corrupt, "the file became shorter while it was read");
  if (head.size() <= kLengthBytes || head[kLengthBytes] != '{') {
    return fail(Code::InvalidArgument, "not a safetensors file",
                not_safetensors_hint(text_of(head)));
  }
  const std::uint64_t bytes = load_u64(head);
  if (bytes > limits.header_bytes_max) {
    return fail(Code::Unsupported, fmt::format("the header has {} bytes, at most {} are read",
                                               bytes, limits.header_bytes_max));
  }
  if (bytes > source.size() - kLengthBytes) {
    return fail(Code::Corrupt,
                fmt::format("the header needs {} bytes, but {} follow its length", bytes,
                            source.size() - kLengthBytes),
                std::string(kCutShortHint));
  }
  std::string header(bytes, '\0');
  const std::span<std::uint8_t> into(reinterpret_cast<std::uint8_t*>(header.data()), bytes);
  if (TRY(source.read_at(kLengthBytes, into)) != bytes)
    return fail(Code::Corrupt, "the file became shorter while it was read");
  return header;
}

// Numbers of a JSON array, at most `count_max`.
Result<std::vector<std::uint64_t>> numbers(const Json& array, std::uint64_t count_max) {
  if (array.size() > count_max)
    return fail(Code::Unsupported,
                fmt::format("it has {} items, at most {} are read", array.size(), count_max));
  std::vector<std::uint64_t> out;
  for (const Json& item : array) {
    if (!item.is_number_unsigned())
      return fail(Code::Corrupt, fmt::format("expected a whole number, got {}", item.type_name()));
    out.push_back(item.get<std::uint64_t>());
  }
  return out;
}

Result<std::map<std::string, std::string>> read_metadata(const Json& value) {
  if (!value.is_object())
    return fail(Code::Corrupt, fmt::format("expected an object, got {}", value.type_name()));
  std::map<std::string, std::string> out;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      return fail(Code::Corrupt,
                  fmt::format("\"{}\": expected a string, got {}", key, text.type_name()));
    out.emplace(key, text.get<std::string>());
  }
  return out;
}

Result<void> check_size(const SafetensorsTensor& tensor) {
  const std::optional<std::uint64_t> want = safetensors_bytes(tensor.type, tensor.shape);
  const std::string what = fmt::format("shape [{}] of {}", fmt::join(tensor.shape, ", "),
                                       safetensors_type_name(tensor.type));
  if (!want) return fail(Code::Corrupt, what + " is no whole number of bytes below 2^63");
  if (*want == tensor.bytes) return {};
  return fail(Code::Corrupt,
              fmt::format("{} needs {} bytes, the offsets give {}", what, *want, tensor.bytes));
}

// Members as they stand in the header; the caller has checked the name.
Result<SafetensorsTensor> read_tensor(const std::string& name, const Json& value,
                                      std::uint64_t data_offset, const SafetensorsLimits& limits) {
  SafetensorsTensor tensor;
  tensor.name = name;
  const std::string type = TRY(codec::string_member(value, "dtype"));
  const Json* shape = TRY(codec::array_member(value, "shape"));
  const Json* place = TRY(codec::array_member(value, "data_offsets"));
  if (value.size() != 3) return fail(Code::Corrupt, "unknown members beside dtype, shape, offsets");
  const std::optional<SafetensorsType> known = safetensors_type_from(type);
  if (!known) return fail(Code::Corrupt, fmt::format("unknown dtype \"{}\"", type));
  tensor.type = *known;
  tensor.shape = TRY(numbers(*shape, limits.dimensions_max), "shape");
  const std::vector<std::uint64_t> offsets = TRY(numbers(*place, 2), "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    return fail(Code::Corrupt, "data_offsets: expected a begin and an end not before it");
  tensor.bytes = offsets[1] - offsets[0];
  const std::optional<std::uint64_t> offset = checked_add(offsets[0], data_offset);
  if (!offset || !checked_add(*offset, tensor.bytes))
    return fail(Code::Corrupt, "data_offsets: past the end of any file");
  tensor.offset = *offset;
  TRY(check_size(tensor));
  return tensor;
}

Result<void> check_tensor_name(std::string_view name, const SafetensorsLimits& limits) {
  if (name.size() > limits.name_bytes_max) {
    return fail(Code::Unsupported, fmt::format("a tensor's name has {} bytes, at most {} are read",
                                               name.size(), limits.name_bytes_max));
  }
  return check_name(name);
}

Result<void> read_entries(const Json& header, const SafetensorsLimits& limits, Safetensors& out) {
  if (header.size() > limits.tensors_max + 1) {
    return fail(Code::Unsupported, fmt::format("the header names {} tensors, at most {} are read",
                                               header.size(), limits.tensors_max));
  }
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      out.metadata = TRY(read_metadata(value), kMetadata);
      continue;
    }
    TRY(check_tensor_name(name, limits), "tensor");
    Result<SafetensorsTensor> tensor = read_tensor(name, value, out.data_offset, limits);
    if (!tensor) {
      return std::unexpected(
          as_file_error(std::move(tensor).error()).within(fmt::format("tensor \"{}\"", name)));
    }
    out.tensors.push_back(std::move(*tensor));
  }
  return {};
}

// Each tensor starts where the one before ends, and the last one ends with the file.
Result<void> check_cover(const Safetensors& file) {
  std::uint64_t end = file.data_offset;
  std::string_view before = "the header";
  for (const SafetensorsTensor& tensor : file.tensors) {
    if (tensor.offset != end) {
      return fail(Code::Corrupt,
                  fmt::format("tensor \"{}\": {} {} at byte {}, its data starts at byte {}",
                              tensor.name, tensor.offset < end ? "overlaps" : "leaves a hole after",
                              before, end, tensor.offset));
    }
    end += tensor.bytes;
    before = tensor.name;
  }
  if (end > file.file_bytes) {
    return fail(Code::Corrupt,
                fmt::format("\"{}\" ends at byte {}, but the file has {} bytes", before, end,
                            file.file_bytes),
                std::string(kCutShortHint));
  }
  if (end < file.file_bytes) {
    return fail(Code::Corrupt, fmt::format("{} bytes after the last tensor belong to nothing",
                                           file.file_bytes - end));
  }
  return {};
}

}  // namespace

Result<Safetensors> read_safetensors(const ByteSource& source, const SafetensorsLimits& limits) {
  Safetensors out;
  const std::string text = TRY(read_header(source, limits));
  out.data_offset = kLengthBytes + text.size();
  out.file_bytes = source.size();
  codec::JsonLimits json;
  json.bytes_max = limits.header_bytes_max;
  json.depth_max = kHeaderDepthMax;
  const Json header = TRY(parse_file_json(text, json), "header");
  TRY(read_entries(header, limits, out));
  std::ranges::sort(out.tensors, {}, [](const SafetensorsTensor& t) {
    return std::tuple(t.offset, t.bytes, std::string_view(t.name));
  });
  TRY(check_cover(out));
  return out;
}

}  // namespace tegula::tensor

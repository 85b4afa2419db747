// A strict reader of one safetensors file (docs/reference/safetensors.md).
//
// It reads the header only; tensor data is measured, not read. Every byte of the file belongs to
// the header or to exactly one tensor, or the file is refused.
//
// Errors: InvalidArgument if it is no safetensors file at all, Unsupported past a limit, Corrupt
// for the rest; each names the tensor. Those of the source pass through.
// Thread rule: Safetensors is a value; const access from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "tensor/byte_source.h"
#include "tensor/dtype.h"

namespace tegula::tensor {

enum class SafetensorsType {
  Bool,
  F4,
  F6_E2M3,
  F6_E3M2,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64,
};

std::string_view safetensors_type_name(SafetensorsType type);  // "BF16"
std::optional<SafetensorsType> safetensors_type_from(std::string_view name);
std::uint32_t safetensors_type_bits(SafetensorsType type);  // of one element

// The same type among ggml's, and back; empty where the other has none.
std::optional<DType> dtype_of(SafetensorsType type);
std::optional<SafetensorsType> safetensors_type_of(DType type);

struct SafetensorsTensor {
  std::string name;
  SafetensorsType type = SafetensorsType::F32;
  std::vector<std::uint64_t> shape;  // the last dimension is the row; none: one element
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  // in the file, not in the buffer behind the header
};

// Bytes of a tensor; empty on overflow and where they are no whole number.
std::optional<std::uint64_t> safetensors_bytes(SafetensorsType type,
                                               std::span<const std::uint64_t> shape);

struct SafetensorsLimits {
  std::uint64_t header_bytes_max = limits::kSafetensorsHeaderBytesMax;
  std::uint64_t tensors_max = limits::kSafetensorsTensorsMax;
  std::uint64_t name_bytes_max = limits::kSafetensorsNameBytesMax;
  std::uint64_t dimensions_max = limits::kSafetensorsDimensionsMax;
};

struct Safetensors {
  std::vector<SafetensorsTensor> tensors;       // in the order of their data
  std::map<std::string, std::string> metadata;  // "__metadata__"
  std::uint64_t data_offset = 0;                // header with its length
  std::uint64_t file_bytes = 0;
};

Result<Safetensors> read_safetensors(const ByteSource& source,
                                     const SafetensorsLimits& limits = {});

}  // namespace tegula::tensor

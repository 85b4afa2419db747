#include <array>

#include "base/check.h"
#include "tensor/checked.h"
#include "tensor/safetensors.h"

namespace tegula::tensor {
namespace {

using Type = SafetensorsType;

struct Row {
  Type type;
  std::string_view name;
  std::uint32_t bits;
  std::optional<DType> dtype;
};

// In the order of the enumeration. ggml has no unsigned, complex or 8-bit float types.
constexpr std::array kRows = {
    Row{Type::Bool, "BOOL", 8, {}},
    Row{Type::F4, "F4", 4, {}},
    Row{Type::F6_E2M3, "F6_E2M3", 6, {}},
    Row{Type::F6_E3M2, "F6_E3M2", 6, {}},
    Row{Type::U8, "U8", 8, {}},
    Row{Type::I8, "I8", 8, DType::I8},
    Row{Type::F8_E5M2, "F8_E5M2", 8, {}},
    Row{Type::F8_E4M3, "F8_E4M3", 8, {}},
    Row{Type::F8_E8M0, "F8_E8M0", 8, {}},
    Row{Type::I16, "I16", 16, DType::I16},
    Row{Type::U16, "U16", 16, {}},
    Row{Type::F16, "F16", 16, DType::F16},
    Row{Type::BF16, "BF16", 16, DType::BF16},
    Row{Type::I32, "I32", 32, DType::I32},
    Row{Type::U32, "U32", 32, {}},
    Row{Type::F32, "F32", 32, DType::F32},
    Row{Type::C64, "C64", 64, {}},
    Row{Type::F64, "F64", 64, DType::F64},
    Row{Type::I64, "I64", 64, DType::I64},
    Row{Type::U64, "U64", 64, {}},
};

static_assert([] {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].type != static_cast<Type>(i)) return false;
  return true;
}());

const Row& row(Type type) { return kRows[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view safetensors_type_name(Type type) { return row(type).name; }

std::optional<Type> safetensors_type_from(std::string_view name) {
  for (const Row& each : kRows)
    if (each.name == name) return each.type;
  return {};
}

std::uint32_t safetensors_type_bits(Type type) { return row(type).bits; }

std::optional<DType> dtype_of(Type type) { return row(type).dtype; }

std::optional<Type> safetensors_type_of(DType type) {
  for (const Row& each : kRows)
    if (each.dtype == type) return each.type;
  return {};
}

std::optional<std::uint64_t> safetensors_bytes(Type type, std::span<const std::uint64_t> shape) {
  const std::optional<std::uint64_t> elements = element_count(shape);
  if (!elements) return {};
  const std::optional<std::uint64_t> bits = checked_mul(*elements, safetensors_type_bits(type));
  if (!bits || *bits % 8 != 0) return {};
  return *bits / 8;
}

}  // namespace tegula::tensor

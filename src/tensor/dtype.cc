#include "tensor/dtype.h"

#include <array>
#include <limits>

#include "base/check.h"
#include "tensor/checked.h"

namespace tegula::tensor {
namespace {

constexpr std::array kTypes = {
    DTypeTraits{DType::F32, "F32", 1, 4, false},
    DTypeTraits{DType::F16, "F16", 1, 2, false},
    DTypeTraits{DType::Q4_0, "Q4_0", 32, 18, true},
    DTypeTraits{DType::Q4_1, "Q4_1", 32, 20, true},
    DTypeTraits{DType::Q5_0, "Q5_0", 32, 22, true},
    DTypeTraits{DType::Q5_1, "Q5_1", 32, 24, true},
    DTypeTraits{DType::Q8_0, "Q8_0", 32, 34, true},
    DTypeTraits{DType::Q8_1, "Q8_1", 32, 36, true},
    DTypeTraits{DType::Q2_K, "Q2_K", 256, 84, true},
    DTypeTraits{DType::Q3_K, "Q3_K", 256, 110, true},
    DTypeTraits{DType::Q4_K, "Q4_K", 256, 144, true},
    DTypeTraits{DType::Q5_K, "Q5_K", 256, 176, true},
    DTypeTraits{DType::Q6_K, "Q6_K", 256, 210, true},
    DTypeTraits{DType::Q8_K, "Q8_K", 256, 292, true},
    DTypeTraits{DType::IQ2_XXS, "IQ2_XXS", 256, 66, true},
    DTypeTraits{DType::IQ2_XS, "IQ2_XS", 256, 74, true},
    DTypeTraits{DType::IQ3_XXS, "IQ3_XXS", 256, 98, true},
    DTypeTraits{DType::IQ1_S, "IQ1_S", 256, 50, true},
    DTypeTraits{DType::IQ4_NL, "IQ4_NL", 32, 18, true},
    DTypeTraits{DType::IQ3_S, "IQ3_S", 256, 110, true},
    DTypeTraits{DType::IQ2_S, "IQ2_S", 256, 82, true},
    DTypeTraits{DType::IQ4_XS, "IQ4_XS", 256, 136, true},
    DTypeTraits{DType::I8, "I8", 1, 1, false},
    DTypeTraits{DType::I16, "I16", 1, 2, false},
    DTypeTraits{DType::I32, "I32", 1, 4, false},
    DTypeTraits{DType::I64, "I64", 1, 8, false},
    DTypeTraits{DType::F64, "F64", 1, 8, false},
    DTypeTraits{DType::IQ1_M, "IQ1_M", 256, 56, true},
    DTypeTraits{DType::BF16, "BF16", 1, 2, false},
    DTypeTraits{DType::TQ1_0, "TQ1_0", 256, 54, true},
    DTypeTraits{DType::TQ2_0, "TQ2_0", 256, 66, true},
    DTypeTraits{DType::MXFP4, "MXFP4", 32, 17, true},
    DTypeTraits{DType::NVFP4, "NVFP4", 64, 36, true},
    DTypeTraits{DType::Q1_0, "Q1_0", 128, 18, true},
    DTypeTraits{DType::Q2_0, "Q2_0", 64, 18, true},
};

constexpr std::array<std::uint32_t, 8> kRemoved = {4, 5, 31, 32, 33, 36, 37, 38};

constexpr std::uint32_t kNumbers = static_cast<std::uint32_t>(kTypes.back().type) + 1;

// Index into kTypes by number, or -1.
constexpr std::array<std::int8_t, kNumbers> kIndex = [] {
  std::array<std::int8_t, kNumbers> index{};
  index.fill(-1);
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    index[static_cast<std::uint32_t>(kTypes[i].type)] = static_cast<std::int8_t>(i);
  return index;
}();

}  // namespace

std::span<const DTypeTraits> dtypes() { return kTypes; }

std::optional<DType> dtype_from(std::uint32_t number) {
  if (number >= kNumbers || kIndex[number] < 0) return {};
  return static_cast<DType>(number);
}

bool dtype_removed(std::uint32_t number) {
  for (const std::uint32_t removed : kRemoved)
    if (removed == number) return true;
  return false;
}

const DTypeTraits& traits(DType type) {
  const auto number = static_cast<std::uint32_t>(type);
  CHECK(number < kNumbers && kIndex[number] >= 0);
  return kTypes[static_cast<std::size_t>(kIndex[number])];
}

std::string_view dtype_name(DType type) { return traits(type).name; }

std::optional<std::uint64_t> row_bytes(DType type, std::uint64_t elements) {
  const DTypeTraits& t = traits(type);
  if (elements % t.block_elements != 0) return {};
  return checked_mul(elements / t.block_elements, t.block_bytes);
}

std::optional<std::uint64_t> element_count(std::span<const std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t size : shape) {
    const std::optional<std::uint64_t> product = checked_mul(count, size);
    if (!product || *product > std::numeric_limits<std::int64_t>::max()) return {};
    count = *product;
  }
  return count;
}

std::optional<std::uint64_t> tensor_bytes(DType type, std::span<const std::uint64_t> shape) {
  if (shape.empty() || !element_count(shape)) return {};
  const std::optional<std::uint64_t> row = row_bytes(type, shape[0]);
  const std::optional<std::uint64_t> rows = element_count(shape.subspan(1));
  if (!row || !rows) return {};
  return checked_mul(*row, *rows);
}

}  // namespace tegula::tensor

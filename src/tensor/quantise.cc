#include "tensor/quantise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "tensor/float_bits.h"
#include "tensor/ggml_kernels.h"

namespace tegula::tensor {
namespace {

constexpr float kSizeMax = 65504.0F;          // the largest F16: block scales are F16
constexpr float kF16Infinite = 65520.0F;      // from here on, F16 rounds to infinity
constexpr float kBf16Infinite = 0x1.FFp127F;  // and BF16
constexpr float kSizeMin = 0x1p-100F;         // reciprocals of less overflow in the quantisers
constexpr float kImportanceMax = 1e12F;       // products with kSizeMax stay finite

std::uint32_t number(DType type) { return static_cast<std::uint32_t>(type); }

bool is_float(DType type) {
  return type == DType::F32 || type == DType::F16 || type == DType::BF16;
}

// The tables that some types need, made once in a process: llama.cpp keeps them in statics.
void prepare(DType type) {
  static std::array<std::once_flag, 64> once;
  static std::mutex one_at_a_time;
  CHECK(number(type) < once.size());
  std::call_once(once[number(type)], [type] {
    const std::scoped_lock lock(one_at_a_time);
    tegula_ggml_prepare(number(type));
  });
}

Result<void> check_type(DType type, bool known, std::string_view verb) {
  if (known) return {};
  if (!tegula_ggml_is_there() && traits(type).quantized) {
    return fail(Code::Unsupported,
                fmt::format("this build cannot {} {}: it has no quantiser", verb, dtype_name(type)),
                "build Tegula with llama.cpp's source (docs/dependencies.md)");
  }
  return fail(Code::Unsupported, fmt::format("{} cannot be {}", dtype_name(type), verb),
              "the types are " + writable_types());
}

// Bounds of a row at a glance; `tiny` if some value counts as zero without being it.
struct Sizes {
  bool usable = true;
  bool tiny = false;
};

Sizes sizes_of(std::span<const float> row) {
  std::uint32_t unusable = 0;
  std::uint32_t tiny = 0;
  for (const float x : row) {
    const float size = std::fabs(x);
    unusable |= static_cast<std::uint32_t>(!(size <= kSizeMax));
    tiny |= static_cast<std::uint32_t>(size < kSizeMin) & static_cast<std::uint32_t>(size > 0);
  }
  return {.usable = unusable == 0, .tiny = tiny != 0};
}

template <class IsBad>
std::unexpected<Error> unusable_value(DType type, std::span<const float> rows,
                                      std::uint64_t row_elements, IsBad is_bad) {
  const auto bad = std::ranges::find_if(rows, is_bad);
  const auto at = static_cast<std::uint64_t>(bad - rows.begin());
  return fail(Code::Corrupt, fmt::format("row {}, column {}: {} cannot hold {}", at / row_elements,
                                         at % row_elements, dtype_name(type), *bad));
}

Result<void> check_importance(DType type, Importance importance, std::uint64_t row_elements) {
  if (importance.empty()) {
    if (!needs_importance(type)) return {};
    return fail(Code::InvalidArgument,
                fmt::format("{} needs an importance matrix", dtype_name(type)),
                "make one with llama-imatrix, or choose a larger type");
  }
  if (importance.size() != row_elements) {
    return fail(Code::InvalidArgument, fmt::format("the importance has {} columns, rows have {}",
                                                   importance.size(), row_elements));
  }
  for (std::size_t i = 0; i < importance.size(); ++i) {
    if (importance[i] >= 0 && importance[i] <= kImportanceMax) continue;
    return fail(Code::InvalidArgument,
                fmt::format("the importance of column {} is {}, expected 0 to {}", i, importance[i],
                            kImportanceMax));
  }
  return {};
}

template <class T, class Convert>
void convert_floats(std::span<const float> from, std::span<std::uint8_t> to, Convert convert) {
  std::array<T, 1024> part;
  for (std::size_t done = 0; done < from.size();) {
    const std::size_t count = std::min(part.size(), from.size() - done);
    convert(from.subspan(done, count), std::span(part).first(count));
    std::memcpy(to.data() + done * sizeof(T), part.data(), count * sizeof(T));
    done += count;
  }
}

// What is finite stays it. A pass of its own, without branches, which becomes vector code.
Result<void> check_range(DType type, std::span<const float> rows, std::uint64_t row_elements) {
  if (type == DType::F32) return {};
  const float infinite = type == DType::F16 ? kF16Infinite : kBf16Infinite;
  std::uint32_t over = 0;
  for (const float x : rows) {
    const float size = std::fabs(x);
    over |= static_cast<std::uint32_t>(size >= infinite) &
            static_cast<std::uint32_t>(size <= std::numeric_limits<float>::max());
  }
  if (over == 0) return {};
  return unusable_value(type, rows, row_elements, [&](float x) { return overflows(type, x); });
}

void write_floats(DType type, std::span<const float> from, std::span<std::uint8_t> to) {
  using Out = std::span<std::uint16_t>;
  using In = std::span<const float>;
  if (type == DType::F32) {
    std::memcpy(to.data(), from.data(), to.size());
  } else if (type == DType::F16) {
    convert_floats<std::uint16_t>(from, to, [](In in, Out out) { f16_from_f32(in, out); });
  } else {
    convert_floats<std::uint16_t>(from, to, [](In in, Out out) { bf16_from_f32(in, out); });
  }
}

void read_floats(DType type, ByteView from, std::span<float> to) {
  if (type == DType::F32) {
    std::memcpy(to.data(), from.data(), from.size());
    return;
  }
  std::array<std::uint16_t, 1024> part;
  for (std::size_t done = 0; done < to.size();) {
    const std::size_t count = std::min(part.size(), to.size() - done);
    std::memcpy(part.data(), from.data() + done * 2, count * 2);
    const std::span<const std::uint16_t> in = std::span(part).first(count);
    if (type == DType::F16) f32_from_f16(in, to.subspan(done, count));
    if (type == DType::BF16) f32_from_bf16(in, to.subspan(done, count));
    done += count;
  }
}

Result<void> quantise_blocks(DType type, std::span<const float> rows, std::uint64_t row_elements,
                             Importance importance, std::span<std::uint8_t> to) {
  TRY(check_importance(type, importance, row_elements));
  const Sizes sizes = sizes_of(rows);
  if (!sizes.usable)
    return unusable_value(type, rows, row_elements,
                          [](float x) { return !(std::fabs(x) <= kSizeMax); });
  std::vector<float> without_tiny;
  if (sizes.tiny) {
    without_tiny.assign(rows.begin(), rows.end());
    for (float& x : without_tiny)
      if (std::fabs(x) < kSizeMin) x = 0;
    rows = without_tiny;
  }
  prepare(type);
  const bool done = tegula_ggml_quantise(
      number(type), rows.data(), to.data(), static_cast<std::int64_t>(rows.size() / row_elements),
      static_cast<std::int64_t>(row_elements), importance.empty() ? nullptr : importance.data());
  if (done) return {};
  return fail(Code::Corrupt, fmt::format("{} cannot hold these values", dtype_name(type)));
}

}  // namespace

std::string writable_types() {
  std::string list;
  for (const DTypeTraits& each : dtypes()) {
    if (!is_float(each.type) && !tegula_ggml_knows(number(each.type))) continue;
    if (!list.empty()) list += ", ";
    list += each.name;
  }
  return list;
}

Result<void> check_writable(DType type) {
  return check_type(type, is_float(type) || tegula_ggml_knows(number(type)), "write");
}

Result<void> check_readable(DType type) {
  return check_type(type, is_float(type) || tegula_ggml_knows(number(type)), "read");
}

bool needs_importance(DType type) {
  return type == DType::IQ2_XXS || type == DType::IQ2_XS || type == DType::IQ1_S;
}

bool overflows(DType type, float value) {
  if (type != DType::F16 && type != DType::BF16) return false;
  return std::isfinite(value) &&
         std::fabs(value) >= (type == DType::F16 ? kF16Infinite : kBf16Infinite);
}

Result<void> quantise(DType type, std::span<const float> rows, std::uint64_t row_elements,
                      Importance importance, std::span<std::uint8_t> to) {
  TRY(check_writable(type));
  CHECK(row_elements > 0 && rows.size() % row_elements == 0);
  const std::optional<std::uint64_t> row = row_bytes(type, row_elements);
  CHECK(row && to.size() == *row * (rows.size() / row_elements));
  if (rows.empty()) return {};
  if (!is_float(type)) return quantise_blocks(type, rows, row_elements, importance, to);
  TRY(check_range(type, rows, row_elements));
  write_floats(type, rows, to);
  return {};
}

Result<void> dequantise(DType type, ByteView blocks, std::span<float> to) {
  TRY(check_readable(type));
  const std::optional<std::uint64_t> bytes = row_bytes(type, to.size());
  CHECK(bytes && blocks.size() == *bytes);
  if (is_float(type)) {
    read_floats(type, blocks, to);
  } else {
    tegula_ggml_dequantise(number(type), blocks.data(), to.data(),
                           static_cast<std::int64_t>(to.size()));
  }
  return {};
}

}  // namespace tegula::tensor

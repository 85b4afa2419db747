// Quantises the same data in every way there is and prints a digest a line. Built by repro_test.py
// with different compilers, flags and processors: all must print the same.
//
//   digests THREADS
//
// The data comes from integers and exact arithmetic, so that nothing but the code under test can
// differ.
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "tensor/adapter_conversion.h"
#include "tensor/dtype.h"
#include "tensor/float_bits.h"
#include "tensor/mlx_affine.h"
#include "tensor/mlx_blocks.h"
#include "tensor/quantise.h"

namespace {

using namespace tegula;          // NOLINT(google-build-using-namespace)
using namespace tegula::tensor;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kRow = 1024;
constexpr std::size_t kRows = 28;

// SplitMix64.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // A bell of twelve numbers of 12 bits, between -1.5 and 1.5: exact in f32.
  float bell() {
    std::int32_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<std::int32_t>(next() >> 52);
    return static_cast<float>(sum - 12 * 2048) / 16384.0F;
  }

 private:
  std::uint64_t state_;
};

// Rows of every kind: bells of many widths, ties, constants, zeros, outliers, tiny and large ones.
std::vector<float> weights() {
  Stream random(20261126);
  std::vector<float> out;
  for (std::size_t row = 0; row < kRows; ++row) {
    const float width = std::bit_cast<float>(static_cast<std::uint32_t>(127 - row) << 23);
    for (std::uint64_t i = 0; i < kRow; ++i) {
      float x = random.bell();
      switch (row % 7) {
        case 1: x = static_cast<float>(static_cast<int>(random.next() % 31) - 15) / 2; break;
        case 2: x = i % 64 < 32 ? 0.75F : -0.0F; break;
        case 3: x = i % 97 == 0 ? x * 64 : x; break;
        case 4: x = i % 256 < 128 ? x * 0x1p-20F : x * 3; break;
        case 5: x = i % 3 == 0 ? x : x * 0x1p-9F; break;
        default: break;
      }
      out.push_back(row == 27 ? x * 0x1p14F : x * width);
    }
  }
  return out;
}

std::vector<float> column_importance() {
  Stream random(7);
  std::vector<float> out;
  for (std::uint64_t i = 0; i < kRow; ++i)
    out.push_back(static_cast<float>(random.next() >> 48) * (i % 50 == 0 ? 0.0F : 0x1p-10F));
  return out;
}

// FNV-1a, 64 bits.
void print(const char* what, const char* how, ByteView bytes) {
  std::uint64_t digest = 0xCBF29CE484222325;
  for (const std::uint8_t byte : bytes) digest = (digest ^ byte) * 0x100000001B3;
  std::printf("%s%s %016llx\n", what, how, static_cast<unsigned long long>(digest));
}

template <class T>
ByteView bytes_of_all(const std::vector<T>& items) {
  return {reinterpret_cast<const std::uint8_t*>(items.data()), items.size() * sizeof(T)};
}

// work(row) for every row, on so many threads.
template <class Work>
void for_each_row(std::size_t threads, Work work) {
  std::vector<std::jthread> running;
  for (std::size_t t = 0; t < threads; ++t)
    running.emplace_back([=] {
      for (std::size_t row = t; row < kRows; row += threads) work(row);
    });
}

// Blocks as MLX's groups.
void groups(const DTypeTraits& type, const Bytes& blocks, const std::string& how) {
  const std::optional<MlxFormat> format = mlx_format_of(type.type);
  if (!format) return;
  const std::size_t count = blocks.size() / type.block_bytes;
  Bytes codes(mlx_code_bytes(count * format->group, *format));
  std::vector<float> scales(count), biases(count);
  mlx_groups_of(type.type, blocks, {codes, scales, biases});
  const std::string name = std::string(type.name) + how + " as mlx";
  print(name.c_str(), "", codes);
  print(name.c_str(), " scales", bytes_of_all(scales));
  print(name.c_str(), " biases", bytes_of_all(biases));
}

void blocks(const std::vector<float>& rows, Importance importance, std::size_t threads) {
  for (const DTypeTraits& type : dtypes()) {
    if (!check_writable(type.type)) continue;
    if (importance.empty() && needs_importance(type.type)) continue;
    const std::uint64_t bytes = *row_bytes(type.type, kRow);
    Bytes out(bytes * kRows);
    std::vector<float> back(rows.size());
    for_each_row(threads, [&, bytes](std::size_t row) {
      const auto to = std::span(out).subspan(row * bytes, bytes);
      CHECK(quantise(type.type, std::span(rows).subspan(row * kRow, kRow), kRow, importance, to));
      CHECK(dequantise(type.type, to, std::span(back).subspan(row * kRow, kRow)));
    });
    const std::string name(type.name);
    print(name.c_str(), importance.empty() ? "" : " importance", out);
    print(name.c_str(), importance.empty() ? " back" : " importance back", bytes_of_all(back));
    groups(type, out, importance.empty() ? "" : " importance");
  }
}

void mlx(const std::vector<float>& rows, MlxFormat format, std::size_t threads) {
  const std::uint64_t bytes = mlx_code_bytes(kRow, format);
  const std::uint64_t groups = kRow / format.group;
  Bytes codes(bytes * kRows);
  std::vector<float> scales(groups * kRows);
  std::vector<float> biases(groups * kRows);
  std::vector<float> back(rows.size());
  for_each_row(threads, [&, bytes, groups, format](std::size_t row) {
    const auto c = std::span(codes).subspan(row * bytes, bytes);
    const auto s = std::span(scales).subspan(row * groups, groups);
    const auto b = std::span(biases).subspan(row * groups, groups);
    mlx_quantise(std::span(rows).subspan(row * kRow, kRow), format, c, s, b);
    mlx_dequantise(c, s, b, format, std::span(back).subspan(row * kRow, kRow));
  });
  const std::string name =
      "mlx " + std::to_string(format.bits) + " bits, groups of " + std::to_string(format.group);
  print(name.c_str(), "", codes);
  print(name.c_str(), " scales", bytes_of_all(scales));
  print(name.c_str(), " biases", bytes_of_all(biases));
  print(name.c_str(), " back", bytes_of_all(back));
}

// Two pairs of different rank and scale: in two of the forms, one of them is multiplied anew.
class SomeAdapter final : public Adapter {
 public:
  std::size_t size() const override { return 2; }
  Result<AdapterPair> read(std::size_t index) const override {
    AdapterPair pair;
    pair.matrix = index == 0 ? matrix("self_attn.q_proj", "attn_q", 4)
                             : matrix("mlp.down_proj", "ffn_down", 0);
    pair.rank = 4 - 2 * index;
    pair.scale = index == 0 ? 2 : 3 / 1.4142135623730951;
    Stream random(11 + index);
    for (std::uint64_t i = 0; i < pair.rank * pair.matrix.columns; ++i)
      pair.a.push_back(random.bell());
    for (std::uint64_t i = 0; i < pair.rank * pair.matrix.rows; ++i)
      pair.b.push_back(random.bell());
    return pair;
  }

 private:
  static HfMatrix matrix(const std::string& hf, const std::string& gguf, std::uint64_t heads) {
    HfMatrix out;
    out.hf = "model.layers.0." + hf + ".weight";
    out.gguf = "blk.0." + gguf + ".weight";
    out.rows = 64;
    out.columns = 96;
    out.rotary_heads = heads;
    return out;
  }
};

// Prints the digest of each file of a folder.
class FilePrinter final : public FolderSink {
 public:
  explicit FilePrinter(const char* form) : form_(form) {}
  Result<void> begin(std::string_view name) override {
    name_ = " " + std::string(name);
    bytes_.clear();
    return {};
  }
  Result<void> append(ByteView bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> end() override {
    print(form_, name_.c_str(), bytes_);
    return {};
  }

 private:
  const char* const form_;
  std::string name_;
  Bytes bytes_;
};

void adapters() {
  const SomeAdapter adapter;
  FilePrinter peft("adapter, PEFT,"), mlx("adapter, MLX,"), gguf("adapter, GGUF,");
  CHECK(write_peft(ScaledAdapter(adapter, 0.3), peft));
  CHECK(write_mlx(ScaledAdapter(adapter, -0.7), mlx));
  HfConfig base;
  base.architecture = "llama";
  CHECK(gguf.begin("file"));
  CHECK(write_gguf_adapter(adapter, base, gguf));
  CHECK(gguf.end());
}

// Every F16 and BF16 through f32 and back, and many f32 into both.
void floats() {
  std::vector<std::uint16_t> all;
  for (std::uint32_t i = 0; i < 0x1'0000; ++i) all.push_back(static_cast<std::uint16_t>(i));
  std::vector<float> wide(all.size());
  f32_from_f16(all, wide);
  print("f32 of F16", "", bytes_of_all(wide));
  f32_from_bf16(all, wide);
  print("f32 of BF16", "", bytes_of_all(wide));
  Stream random(3);
  for (float& x : wide) x = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
  f16_from_f32(wide, all);
  print("F16 of f32", "", bytes_of_all(all));
  bf16_from_f32(wide, all);
  print("BF16 of f32", "", bytes_of_all(all));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t threads = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (threads == 0) return 2;
  const std::vector<float> rows = weights();
  const std::vector<float> importance = column_importance();
  floats();
  adapters();
  for (const std::uint32_t bits : {2U, 3U, 4U, 5U, 6U, 8U})
    for (const std::uint32_t group : {32U, 64U, 128U})
      mlx(rows, {.bits = bits, .group = group}, threads);
  blocks(rows, {}, threads);
  blocks(rows, importance, threads);
  return 0;
}

#include "build/pack_difference.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "content/layer.h"
#include "content/manifest.h"
#include "tensor/byte_source.h"
#include "tensor/gguf.h"
#include "tensor/safetensors.h"

namespace tegula::build {
namespace {

// A named range of a file.
struct Part {
  std::string label;  // `tensor "x"`
  std::string form;   // what else is said about it: type and shape
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

std::vector<Part> parts_of(const tensor::Gguf& gguf) {
  std::vector<Part> out;
  for (const tensor::GgufValue& value : gguf.values())
    out.push_back({fmt::format("metadata \"{}\"", value.key),
                   std::string(tensor::gguf_type_name(value.type)), value.offset, value.bytes});
  for (const tensor::GgufTensor& each : gguf.tensors()) {
    std::string form(tensor::dtype_name(each.type));
    for (const std::uint64_t size : each.used_shape()) form += fmt::format(" {}", size);
    out.push_back(
        {fmt::format("tensor \"{}\"", each.name), std::move(form), each.offset, each.bytes});
  }
  return out;
}

std::vector<Part> parts_of(const tensor::Safetensors& file) {
  std::vector<Part> out;
  for (const tensor::SafetensorsTensor& each : file.tensors) {
    std::string form(tensor::safetensors_type_name(each.type));
    for (const std::uint64_t size : each.shape) form += fmt::format(" {}", size);
    out.push_back(
        {fmt::format("tensor \"{}\"", each.name), std::move(form), each.offset, each.bytes});
  }
  return out;
}

// Nothing but the whole file where it is of neither kind.
std::vector<Part> parts_of(const tensor::ByteSource& source) {
  if (const auto gguf = tensor::read_gguf(source)) return parts_of(*gguf);
  if (const auto file = tensor::read_safetensors(source)) return parts_of(*file);
  return {{"", "", 0, source.size()}};
}

// The first byte that differs; nothing if none does.
Result<std::optional<std::uint64_t>> first_byte(const tensor::ByteSource& a,
                                                const tensor::ByteSource& b, const Part& part_a,
                                                const Part& part_b, const Stop& stop) {
  const std::uint64_t all = std::min(part_a.bytes, part_b.bytes);
  Bytes x(limits::kMiB), y(limits::kMiB);
  for (std::uint64_t at = 0; at < all;) {
    TRY(stop.check());
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(x.size(), all - at));
    const std::size_t got_a = TRY(a.read_at(part_a.offset + at, std::span(x).first(want)));
    const std::size_t got_b = TRY(b.read_at(part_b.offset + at, std::span(y).first(want)));
    const auto [end, other] =
        std::mismatch(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(got_a), y.begin(),
                      y.begin() + static_cast<std::ptrdiff_t>(got_b));
    const std::uint64_t same = static_cast<std::uint64_t>(end - x.begin());
    if (same < want) return std::optional(at + same);
    at += want;
  }
  if (part_a.bytes != part_b.bytes) return std::optional(all);
  return std::optional<std::uint64_t>();
}

Result<std::string> difference_of(const tensor::ByteSource& a, const tensor::ByteSource& b,
                                  const Stop& stop) {
  const std::vector<Part> expected = parts_of(a), got = parts_of(b);
  for (std::size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
    const std::string name = printable(expected[i].label);
    if (expected[i].label != got[i].label)
      return fmt::format("{} is now {}", name, printable(got[i].label));
    if (expected[i].form != got[i].form)
      return fmt::format("{} ({} is now {})", name, expected[i].form, got[i].form);
    if (const auto at = TRY(first_byte(a, b, expected[i], got[i], stop)))
      return name.empty() ? fmt::format("byte {}", *at)
                          : fmt::format("{} (byte {} of it)", name, *at);
  }
  if (expected.size() != got.size())
    return fmt::format("{} parts are now {}", expected.size(), got.size());
  return std::string("bytes that belong to no tensor");
}

Result<std::string> layer_difference(const content::Descriptor& expected,
                                     const content::Descriptor& got, const PackPlace& a,
                                     const PackPlace& b, Progress& progress, const Stop& stop) {
  const std::string name = fmt::format("layer \"{}\"", content::file_path(expected));
  if (expected.digest == got.digest) return name + ", its annotations";
  const auto ours = a.store.open_verified(expected, progress, stop);
  const auto theirs = b.store.open_verified(got, progress, stop);
  if (!ours || !theirs) return name;
  const tensor::FileSource x = TRY(tensor::FileSource::open(ours->file()));
  const tensor::FileSource y = TRY(tensor::FileSource::open(theirs->file()));
  return fmt::format("{}, {}", name, TRY(difference_of(x, y, stop)));
}

}  // namespace

Result<std::string> first_difference(const PackPlace& expected, const PackPlace& got,
                                     Progress& progress, const Stop& stop) {
  if (expected.digest == got.digest) return std::string();
  const content::Manifest a = TRY(expected.store.read_manifest(expected.digest));
  const content::Manifest b = TRY(got.store.read_manifest(got.digest));
  for (std::size_t i = 0; i < std::max(a.layers.size(), b.layers.size()); ++i) {
    if (i >= b.layers.size())
      return fmt::format("layer \"{}\" is missing", content::file_path(a.layers[i]));
    if (i >= a.layers.size() || content::file_path(a.layers[i]) != content::file_path(b.layers[i]))
      return fmt::format("layer \"{}\" is new", content::file_path(b.layers[i]));
    if (a.layers[i] != b.layers[i])
      return layer_difference(a.layers[i], b.layers[i], expected, got, progress, stop);
  }
  return std::string(a.config != b.config ? "the config" : "the annotations");
}

}  // namespace tegula::build

#include "tensor/gguf_writing.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

// Elements of a part, in whole rows: 256 KiB as f32, so that 64 threads stay within 64 MiB.
constexpr std::uint64_t kPartElements = 64 * 1024;

std::vector<RowRange> parts_of(std::span<const GgufShape> tensors) {
  std::vector<RowRange> parts;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::uint64_t each = std::max<std::uint64_t>(1, kPartElements / tensors[i].shape[0]);
    const std::uint64_t rows = tensors[i].rows();
    for (std::uint64_t row = 0; row < rows; row += each)
      parts.push_back({i, row, std::min(each, rows - row)});
  }
  return parts;
}

class Writing {
 public:
  Writing(const TensorRows& rows, const WritingOptions& options, const GgufLayout& layout)
      : rows_(rows), options_(options), layout_(layout), parts_(parts_of(rows.tensors())) {}

  Result<void> run(ByteSink& sink, Progress& progress, const Stop& stop) const {
    TRY(sink.append(layout_.header));
    progress.begin("convert", layout_.data_bytes);
    const auto make = [&](std::uint64_t i, Bytes& into) { return make_part(parts_[i], into); };
    const auto take = [&](std::uint64_t, ByteView part) -> Result<void> {
      TRY(sink.append(part));
      progress.advance(part.size());
      return {};
    };
    const Result<void> done = make_in_order(parts_.size(), options_.threads, make, take, stop);
    progress.end();
    return done;
  }

 private:
  Result<void> make_part(const RowRange& part, Bytes& into) const {
    const GgufShape& tensor = rows_.tensors()[part.tensor];
    const DType type = layout_.types[part.tensor];
    const std::uint64_t row = tensor.shape[0];
    const bool last = part.first + part.count == tensor.rows();
    const std::uint64_t bytes = *row_bytes(type, row) * part.count;
    into.resize(bytes + (last ? layout_.paddings[part.tensor] : 0));
    const std::span<std::uint8_t> out = std::span(into).first(bytes);
    if (rows_.stored_type(part.tensor) == type) return rows_.copy(part, out);
    // Kept from part to part: the system hands out large buffers page by page.
    thread_local std::vector<float> floats;
    floats.resize(row * part.count);
    TRY(rows_.floats(part, floats));
    Result<void> done = quantise(type, floats, row, importance_of(tensor.name, type), out);
    if (done) return done;
    return std::unexpected(std::move(done).error().within(
        fmt::format("tensor \"{}\", from row {}", tensor.name, part.first)));
  }

  Importance importance_of(const std::string& name, DType type) const {
    if (options_.importance == nullptr || !traits(type).quantized) return {};
    const auto found = options_.importance->find(name);
    return found == options_.importance->end() ? Importance() : Importance(found->second);
  }

  const TensorRows& rows_;
  const WritingOptions& options_;
  const GgufLayout& layout_;
  const std::vector<RowRange> parts_;
};

Result<void> check_importance_there(const WritingOptions& options, std::string_view name,
                                    DType type) {
  if (!wants_importance(options.file_type, name, type)) return {};
  if (options.importance != nullptr && options.importance->contains(name)) return {};
  return fail(Code::InvalidArgument,
              fmt::format("{} needs an importance matrix, and there is none for the tensor \"{}\"",
                          options.file_type.name, name),
              "make one with llama-imatrix, or choose a larger type");
}

// The layer of "blk.7.ffn_up.weight"; none comes before all.
std::uint64_t layer_of(std::string_view name) {
  constexpr std::string_view kBlock = "blk.";
  if (!name.starts_with(kBlock)) return 0;
  std::uint64_t layer = 0;
  for (const char c : name.substr(kBlock.size())) {
    if (c < '0' || c > '9' || layer > 1'000'000) break;
    layer = layer * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return layer + 1;
}

std::vector<DType> types_of(std::span<const GgufShape> tensors, const WritingOptions& options) {
  MixModel model = options.mix;
  model.importance = options.importance != nullptr;
  TypeMix mix(options.file_type, std::move(model));
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return layer_of(tensors[i].name); });
  std::vector<DType> types(tensors.size());
  for (const std::size_t i : order) types[i] = mix.next(tensors[i].name, tensors[i].shape);
  return types;
}

}  // namespace

Result<GgufLayout> layout_tensors(const TensorRows& rows, const WritingOptions& options,
                                  GgufWriter writer) {
  if (traits(options.file_type.type).quantized) writer.set_u32("general.quantization_version", 2);
  writer.set_u32("general.file_type", options.file_type.number);
  GgufLayout layout;
  layout.types = types_of(rows.tensors(), options);
  for (std::size_t i = 0; i < layout.types.size(); ++i) {
    const GgufShape& tensor = rows.tensors()[i];
    TRY(check_writable(layout.types[i]));
    TRY(check_importance_there(options, tensor.name, layout.types[i]));
    writer.add_tensor(tensor.name, layout.types[i], tensor.shape);
    layout.paddings.push_back(writer.padding(i));
    layout.data_bytes += writer.tensor_size(i) + layout.paddings.back();
  }
  layout.header = writer.header();
  return layout;
}

Result<void> write_tensors(const TensorRows& rows, const WritingOptions& options,
                           const GgufLayout& layout, ByteSink& sink, Progress& progress,
                           const Stop& stop) {
  return Writing(rows, options, layout).run(sink, progress, stop);
}

}  // namespace tegula::tensor

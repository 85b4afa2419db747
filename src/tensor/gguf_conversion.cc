#include "tensor/gguf_conversion.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

// Elements of a part, in whole rows: 256 KiB as f32, so that 64 threads stay within 64 MiB.
constexpr std::uint64_t kPartElements = 64 * 1024;

// Rows of one tensor that one thread makes at once.
struct Part {
  std::size_t tensor = 0;
  std::uint64_t first_row = 0;
  std::uint64_t rows = 0;
};

std::vector<Part> parts_of(const std::vector<GgufPlan>& plan) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const std::uint64_t rows_each = std::max<std::uint64_t>(1, kPartElements / plan[i].shape[0]);
    for (std::uint64_t row = 0; row < plan[i].rows(); row += rows_each)
      parts.push_back({i, row, std::min(rows_each, plan[i].rows() - row)});
  }
  return parts;
}

// The source's bytes of these rows, in the order of the GGUF file.
Result<void> read_rows(const HfModel& model, const GgufPlan& plan, const Part& part,
                       std::span<std::uint8_t> into) {
  const std::uint64_t row_bytes = into.size() / part.rows;
  if (plan.rotary_heads == 0)
    return model.tensors().read(*plan.from, part.first_row * row_bytes, into);
  const bool vector = plan.shape.size() < 2;  // a bias: its elements are what rows are elsewhere
  const std::uint64_t count = vector ? plan.shape[0] : part.rows;
  const std::uint64_t all = vector ? plan.shape[0] : plan.rows();
  const std::uint64_t bytes = into.size() / count;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t from = rotary_source_row(part.first_row + i, all, plan.rotary_heads);
    TRY(model.tensors().read(*plan.from, from * bytes, into.subspan(i * bytes, bytes)));
  }
  return {};
}

// A thread's buffers, kept from part to part: the system hands out large ones page by page.
struct Scratch {
  Bytes raw;
  std::vector<float> floats;
};

class GgufConversion {
 public:
  GgufConversion(const HfModel& model, const GgufOptions& options, const GgufLayout& layout)
      : model_(model), options_(options), layout_(layout), parts_(parts_of(model.plan())) {}

  Result<void> run(ByteSink& sink, Progress& progress, const Stop& stop) {
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
  Result<void> make_part(const Part& part, Bytes& into) const {
    const GgufPlan& plan = model_.plan()[part.tensor];
    const DType type = layout_.types[part.tensor];
    const std::uint64_t row = plan.shape[0];
    const bool last = part.first_row + part.rows == plan.rows();
    const std::uint64_t bytes = *row_bytes(type, row) * part.rows;
    into.resize(bytes + (last ? layout_.paddings[part.tensor] : 0));
    const std::span<std::uint8_t> out = std::span(into).first(bytes);
    if (is_copy(plan, type)) return read_rows(model_, plan, part, out);
    thread_local Scratch scratch;
    TRY(read_floats(plan, part, scratch));
    Result<void> done = quantise(type, scratch.floats, row, importance_of(plan, type), out);
    if (done) return done;
    return std::unexpected(std::move(done).error().within(
        fmt::format("tensor \"{}\", from row {}", plan.name, part.first_row)));
  }

  static bool is_copy(const GgufPlan& plan, DType type) {
    return plan.from != nullptr && plan.added == 0 && dtype_of(plan.from->tensor.type) == type;
  }

  Result<void> read_floats(const GgufPlan& plan, const Part& part, Scratch& scratch) const {
    if (plan.from == nullptr) {
      scratch.floats = plan.values;
      return {};
    }
    const DType from = *dtype_of(plan.from->tensor.type);
    const std::uint64_t elements = plan.shape[0] * part.rows;
    scratch.raw.resize(*row_bytes(from, elements));
    scratch.floats.resize(elements);
    TRY(read_rows(model_, plan, part, scratch.raw));
    TRY(dequantise(from, scratch.raw, scratch.floats));
    if (plan.added == 0) return {};
    for (float& x : scratch.floats) x += plan.added;
    return {};
  }

  Importance importance_of(const GgufPlan& plan, DType type) const {
    if (options_.importance == nullptr || !traits(type).quantized) return {};
    const auto found = options_.importance->find(plan.name);
    return found == options_.importance->end() ? Importance() : Importance(found->second);
  }

  const HfModel& model_;
  const GgufOptions& options_;
  const GgufLayout& layout_;
  std::vector<Part> parts_;
};

MixModel mix_model(const HfModel& model, const GgufOptions& options) {
  const HfConfig& config = model.config();
  MixModel mix;
  mix.architecture = config.architecture;
  mix.layers = config.layers;
  mix.heads_per_kv = config.heads / config.kv_heads_of(0);
  mix.tied = true;
  mix.importance = options.importance != nullptr;
  for (const GgufPlan& plan : model.plan()) {
    if (plan.name.ends_with(".attn_v.weight")) ++mix.values;
    if (plan.name == "output.weight") mix.tied = false;
  }
  return mix;
}

Result<void> check_importance_there(const GgufOptions& options, std::string_view name, DType type) {
  if (!wants_importance(options.file_type, name, type)) return {};
  if (options.importance != nullptr && options.importance->contains(name)) return {};
  return fail(Code::InvalidArgument,
              fmt::format("{} needs an importance matrix, and there is none for the tensor \"{}\"",
                          options.file_type.name, name),
              "make one with llama-imatrix, or choose a larger type");
}

}  // namespace

Result<GgufLayout> layout_gguf(const HfModel& model, const GgufOptions& options) {
  GgufWriter writer;
  writer.set_text("general.architecture", model.config().architecture);
  writer.set_text("general.type", "model");
  if (!options.name.empty()) writer.set_text("general.name", options.name);
  write_parameters(model.config(), writer);
  write_tokenizer(model.tokenizer(), writer);
  if (traits(options.file_type.type).quantized) writer.set_u32("general.quantization_version", 2);
  writer.set_u32("general.file_type", options.file_type.number);
  TypeMix mix(options.file_type, mix_model(model, options));
  GgufLayout layout;
  for (const GgufPlan& plan : model.plan()) {
    const DType type = mix.next(plan.name, plan.shape);
    TRY(check_writable(type));
    TRY(check_importance_there(options, plan.name, type));
    writer.add_tensor(plan.name, type, plan.shape);
    layout.types.push_back(type);
    layout.paddings.push_back(writer.padding(writer.tensor_count() - 1));
    layout.data_bytes += writer.tensor_size(writer.tensor_count() - 1) + layout.paddings.back();
  }
  layout.header = writer.header();
  return layout;
}

Result<void> write_gguf(const HfModel& model, const GgufOptions& options, ByteSink& sink,
                        Progress& progress, const Stop& stop) {
  const GgufLayout layout = TRY(layout_gguf(model, options));
  return GgufConversion(model, options, layout).run(sink, progress, stop);
}

}  // namespace tegula::tensor

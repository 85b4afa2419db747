// tegula-make-model: a Llama model of random weights and a given size, for benchmarks that need a
// real one to run and not to be clever.
//
//   tegula-make-model FILE MIB [SEED [VOCABULARY]]
//
// Q8_0, with a vocabulary of bytes and, up to the given size, of words. The same seed gives the
// same file. At temperature 0 it never ends its answer and writes ASCII only: tokens that would do
// otherwise have zero rows in `output`, and some other token's random logit is always above 0.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/file_system.h"
#include "tensor/gguf_writer.h"
#include "tool.h"

namespace tegula::bench {
namespace {

using tensor::DType;
using tensor::GgufWriter;

constexpr std::uint64_t kHeadLength = 64;
constexpr std::uint64_t kBlockBytes = 34;  // Q8_0: an f16 scale, 32 numbers of 8 bits
constexpr std::uint32_t kContext = 8192;
constexpr int kTokenNormal = 1, kTokenUnknown = 2, kTokenControl = 3, kTokenByte = 6;

struct Shape {
  std::uint64_t width = 0;
  std::uint64_t feed_forward = 0;
  std::uint64_t kv_width = 0;
  std::uint64_t layers = 0;
};

struct Vocabulary {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<std::int32_t> types;

  void add(std::string text, std::int32_t type) {
    scores.push_back(-static_cast<float>(texts.size()));
    texts.push_back(std::move(text));
    types.push_back(type);
  }
};

Vocabulary make_vocabulary(std::uint64_t size) {
  Vocabulary out;
  out.add("<unk>", kTokenUnknown);
  out.add("<s>", kTokenControl);
  out.add("</s>", kTokenControl);
  for (int byte = 0; byte < 256; ++byte) out.add(fmt::format("<0x{:02X}>", byte), kTokenByte);
  out.add("\xE2\x96\x81", kTokenNormal);  // U+2581, which stands for a space
  for (char c = '!'; c <= '~'; ++c) out.add(std::string(1, c), kTokenNormal);
  while (out.texts.size() < size) out.add(fmt::format("word{}", out.texts.size()), kTokenNormal);
  return out;
}

// SplitMix64: eight good bytes in a few instructions.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
  }

 private:
  std::uint64_t state_;
};

std::uint64_t layer_bytes(const Shape& shape) {
  const std::uint64_t elements =
      2 * shape.width * (shape.width + shape.kv_width) + 3 * shape.width * shape.feed_forward;
  return elements / 32 * kBlockBytes;
}

// The widest of a few shapes that still has some layers at this size.
Shape shape_for(std::uint64_t bytes, std::uint64_t tokens) {
  static constexpr Shape kShapes[] = {
      {2048, 5632, 256, 0}, {1024, 2816, 256, 0}, {512, 1408, 128, 0}, {256, 704, 64, 0}};
  for (Shape shape : kShapes) {
    const std::uint64_t token_bytes = 2 * shape.width * tokens / 32 * kBlockBytes;
    if (token_bytes > bytes) continue;
    shape.layers = (bytes - token_bytes + layer_bytes(shape) / 2) / layer_bytes(shape);
    if (shape.layers >= 8) return shape;
  }
  Shape least = kShapes[3];
  least.layers = std::max<std::uint64_t>(1, bytes / layer_bytes(least));
  return least;
}

void set_metadata(GgufWriter& writer, const Shape& shape, const Vocabulary& vocabulary) {
  const auto heads = static_cast<std::uint32_t>(shape.width / kHeadLength);
  const auto u32 = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  writer.set_text("general.architecture", "llama");
  writer.set_text("general.name", "random weights");
  writer.set_u32("general.file_type", 7);
  writer.set_u32("general.quantization_version", 2);
  writer.set_u32("llama.context_length", kContext);
  writer.set_u32("llama.embedding_length", u32(shape.width));
  writer.set_u32("llama.feed_forward_length", u32(shape.feed_forward));
  writer.set_u32("llama.block_count", u32(shape.layers));
  writer.set_u32("llama.attention.head_count", heads);
  writer.set_u32("llama.attention.head_count_kv", u32(shape.kv_width / kHeadLength));
  writer.set_u32("llama.rope.dimension_count", u32(kHeadLength));
  writer.set_f32("llama.rope.freq_base", 10000);
  writer.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer.set_u32("llama.vocab_size", u32(vocabulary.texts.size()));
  writer.set_text("tokenizer.ggml.model", "llama");
  writer.set_text("tokenizer.ggml.pre", "default");
  writer.set_texts("tokenizer.ggml.tokens", vocabulary.texts);
  writer.set_f32s("tokenizer.ggml.scores", vocabulary.scores);
  writer.set_i32s("tokenizer.ggml.token_type", vocabulary.types);
  writer.set_u32("tokenizer.ggml.unknown_token_id", 0);
  writer.set_u32("tokenizer.ggml.bos_token_id", 1);
  writer.set_u32("tokenizer.ggml.eos_token_id", 2);
  writer.set_bool("tokenizer.ggml.add_bos_token", true);
  writer.set_text("tokenizer.chat_template",
                  "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n"
                  "{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
}

void add_tensors(GgufWriter& writer, const Shape& shape, std::uint64_t tokens) {
  const auto matrix = [&](const std::string& name, std::uint64_t in, std::uint64_t out) {
    writer.add_tensor(name + ".weight", DType::Q8_0, std::array{in, out});
  };
  const auto norm = [&](const std::string& name) {
    writer.add_tensor(name + ".weight", DType::F32, std::array{shape.width});
  };
  matrix("output", shape.width, tokens);
  matrix("token_embd", shape.width, tokens);
  norm("output_norm");
  for (std::uint64_t i = 0; i < shape.layers; ++i) {
    const std::string layer = fmt::format("blk.{}.", i);
    norm(layer + "attn_norm");
    matrix(layer + "attn_q", shape.width, shape.width);
    matrix(layer + "attn_k", shape.width, shape.kv_width);
    matrix(layer + "attn_v", shape.width, shape.kv_width);
    matrix(layer + "attn_output", shape.width, shape.width);
    norm(layer + "ffn_norm");
    matrix(layer + "ffn_gate", shape.width, shape.feed_forward);
    matrix(layer + "ffn_up", shape.width, shape.feed_forward);
    matrix(layer + "ffn_down", shape.feed_forward, shape.width);
  }
}

// Whole blocks of Q8_0, evenly distributed, of about the deviation that trained models start from.
void fill_blocks(std::span<std::uint8_t> into, FastRandom& random) {
  constexpr std::uint16_t kScale = 0x0C70;  // f16 of 2.7e-4: 127 of them are 0.034
  for (std::size_t at = 0; at + 8 <= into.size(); at += 8) {
    const std::uint64_t word = random.next();
    std::memcpy(into.data() + at, &word, sizeof word);
  }
  for (std::size_t at = 0; at < into.size(); at += kBlockBytes) {
    into[at] = kScale & 0xFF;
    into[at + 1] = kScale >> 8;
  }
}

void fill_ones(std::span<std::uint8_t> into) {
  constexpr std::array<std::uint8_t, 4> kOne = {0x00, 0x00, 0x80, 0x3F};
  for (std::size_t at = 0; at < into.size(); ++at) into[at] = kOne[at % 4];
}

void silence_rows(std::span<std::uint8_t> output, const Vocabulary& vocabulary) {
  const std::size_t row = output.size() / vocabulary.types.size();
  for (std::size_t token = 0; token < vocabulary.types.size(); ++token)
    if (vocabulary.types[token] != kTokenNormal)
      std::ranges::fill(output.subspan(token * row, row), std::uint8_t{0});
}

struct Wanted {
  std::uint64_t mib = 0;
  std::uint64_t seed = 1;
  std::uint64_t vocabulary = 0;  // tokens; at least the bytes are there
};

Result<void> make_model(const os::Path& path, const Wanted& wanted) {
  const Vocabulary vocabulary = make_vocabulary(wanted.vocabulary);
  const Shape shape = shape_for(wanted.mib * limits::kMiB, vocabulary.texts.size());
  GgufWriter writer;
  set_metadata(writer, shape, vocabulary);
  add_tensors(writer, shape, vocabulary.texts.size());
  os::PosixFileSystem fs;
  TRY(os::remove_tree(fs, path));
  const std::unique_ptr<os::File> file = TRY(fs.create(path, 0644));
  TRY(file->append(writer.header()));
  FastRandom random(wanted.seed);
  Bytes data;
  for (std::size_t i = 0; i < writer.tensor_count(); ++i) {
    data.assign(writer.tensor_size(i) + writer.padding(i), 0);
    const std::span<std::uint8_t> values = std::span(data).first(writer.tensor_size(i));
    if (writer.tensor_type(i) == DType::F32) fill_ones(values);
    if (writer.tensor_type(i) == DType::Q8_0) fill_blocks(values, random);
    if (i == 0) silence_rows(values, vocabulary);
    TRY(file->append(data));
  }
  fmt::print("{}: {} layers, width {}\n", path.string(), shape.layers, shape.width);
  return file->sync();
}

Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(Code::InvalidArgument, fmt::format("expected a number, got \"{}\"", text));
  return value;
}

Result<void> run(std::span<char*> arguments) {
  if (arguments.size() < 2 || arguments.size() > 4)
    return fail(Code::InvalidArgument, "expected FILE MIB [SEED [VOCABULARY]]");
  Wanted wanted;
  wanted.mib = TRY(parse_number(arguments[1]), "MIB");
  if (arguments.size() > 2) wanted.seed = TRY(parse_number(arguments[2]), "SEED");
  if (arguments.size() > 3) wanted.vocabulary = TRY(parse_number(arguments[3]), "VOCABULARY");
  if (wanted.mib == 0 || wanted.mib > 65'536)
    return fail(Code::InvalidArgument, "MIB must be 1 to 65536");
  if (wanted.vocabulary > 1'000'000)
    return fail(Code::InvalidArgument, "VOCABULARY must be 0 to 1000000");
  return make_model(arguments[0], wanted);
}

}  // namespace
}  // namespace tegula::bench

int main(int argc, char** argv) {
  return tegula::bench::run_tool("tegula-make-model", argc, argv, tegula::bench::run);
}

#include "tensor/file_type.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tegula::tensor {
namespace {

constexpr std::array kFileTypes = {
    FileType{0, "F32", DType::F32},          FileType{1, "F16", DType::F16},
    FileType{2, "Q4_0", DType::Q4_0},        FileType{3, "Q4_1", DType::Q4_1},
    FileType{7, "Q8_0", DType::Q8_0},        FileType{8, "Q5_0", DType::Q5_0},
    FileType{9, "Q5_1", DType::Q5_1},        FileType{10, "Q2_K", DType::Q2_K},
    FileType{11, "Q3_K_S", DType::Q3_K},     FileType{12, "Q3_K_M", DType::Q3_K},
    FileType{13, "Q3_K_L", DType::Q3_K},     FileType{14, "Q4_K_S", DType::Q4_K},
    FileType{15, "Q4_K_M", DType::Q4_K},     FileType{16, "Q5_K_S", DType::Q5_K},
    FileType{17, "Q5_K_M", DType::Q5_K},     FileType{18, "Q6_K", DType::Q6_K},
    FileType{19, "IQ2_XXS", DType::IQ2_XXS}, FileType{20, "IQ2_XS", DType::IQ2_XS},
    FileType{21, "Q2_K_S", DType::Q2_K},     FileType{22, "IQ3_XS", DType::IQ3_S},
    FileType{23, "IQ3_XXS", DType::IQ3_XXS}, FileType{24, "IQ1_S", DType::IQ1_S},
    FileType{25, "IQ4_NL", DType::IQ4_NL},   FileType{26, "IQ3_S", DType::IQ3_S},
    FileType{27, "IQ3_M", DType::IQ3_S},     FileType{28, "IQ2_S", DType::IQ2_XS},
    FileType{29, "IQ2_M", DType::IQ2_S},     FileType{30, "IQ4_XS", DType::IQ4_XS},
    FileType{31, "IQ1_M", DType::IQ1_M},     FileType{32, "BF16", DType::BF16},
    FileType{36, "TQ1_0", DType::TQ1_0},     FileType{37, "TQ2_0", DType::TQ2_0},
    FileType{38, "MXFP4_MOE", DType::MXFP4}, FileType{39, "NVFP4", DType::NVFP4},
    FileType{40, "Q1_0", DType::Q1_0},       FileType{41, "Q2_0", DType::Q2_0},
};

// Numbers of the mixtures below.
enum : std::uint32_t {
  kQ4_0 = 2,
  kQ5_0 = 8,
  kQ2_K = 10,
  kQ3_K_M = 12,
  kQ3_K_L = 13,
  kQ4_K_S = 14,
  kQ4_K_M = 15,
  kQ5_K_M = 17,
  kIQ2_XXS = 19,
  kIQ2_XS = 20,
  kQ2_K_S = 21,
  kIQ3_XS = 22,
  kIQ3_XXS = 23,
  kIQ1_S = 24,
  kIQ4_NL = 25,
  kIQ3_S = 26,
  kIQ3_M = 27,
  kIQ2_S = 28,
  kIQ2_M = 29,
  kIQ4_XS = 30,
  kIQ1_M = 31,
  kTQ1_0 = 36,
  kTQ2_0 = 37,
  kMXFP4_MOE = 38,
  kQ2_0 = 41,
};

bool same_letters(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

bool has(std::string_view name, std::string_view part) { return name.find(part) != name.npos; }

// Weights that llama-quantize leaves as they are: small, or worth more than their bytes.
bool stays_float(std::string_view name, std::span<const std::uint64_t> shape) {
  return shape.size() < 2 || !name.ends_with("weight") || has(name, "_norm.weight") ||
         has(name, "ffn_gate_inp.weight") || has(name, "per_layer_model_proj");
}

// The first and the last eighth of the layers, and every third between.
bool has_more_bits(std::uint64_t layer, std::uint64_t layers) {
  if (layer < layers / 8 || layer >= 7 * layers / 8) return true;
  return (layer - layers / 8) % 3 == 2;
}

// For rows that are no whole blocks of the type on the left.
constexpr std::array kNarrower = {
    std::pair(DType::IQ1_S, DType::IQ4_NL),   std::pair(DType::IQ1_M, DType::IQ4_NL),
    std::pair(DType::IQ2_XXS, DType::IQ4_NL), std::pair(DType::IQ2_XS, DType::IQ4_NL),
    std::pair(DType::IQ2_S, DType::IQ4_NL),   std::pair(DType::IQ3_XXS, DType::IQ4_NL),
    std::pair(DType::IQ3_S, DType::IQ4_NL),   std::pair(DType::IQ4_XS, DType::IQ4_NL),
    std::pair(DType::Q2_0, DType::Q4_0),      std::pair(DType::Q2_K, DType::Q4_0),
    std::pair(DType::Q3_K, DType::Q4_0),      std::pair(DType::TQ1_0, DType::Q4_0),
    std::pair(DType::TQ2_0, DType::Q4_0),     std::pair(DType::Q4_K, DType::Q5_0),
    std::pair(DType::Q5_K, DType::Q5_1),      std::pair(DType::Q6_K, DType::Q8_0),
};

DType that_fits(DType type, std::uint64_t row) {
  if (row % traits(type).block_elements == 0) return type;
  const auto* const known = std::ranges::find(kNarrower, type, &std::pair<DType, DType>::first);
  const DType other = known == kNarrower.end() ? type : known->second;
  return row % traits(other).block_elements == 0 ? other : DType::F16;
}

}  // namespace

std::span<const FileType> file_types() { return kFileTypes; }

Result<FileType> parse_file_type(std::string_view name) {
  std::string names;
  for (const FileType& each : kFileTypes) {
    if (same_letters(each.name, name)) return each;
    names += names.empty() ? "" : ", ";
    names += each.name;
  }
  return fail(Code::Unsupported, fmt::format("there is no GGUF file type \"{}\"", name),
              "one of " + names);
}

std::string_view file_type_name(std::uint64_t number) {
  const auto* const known = std::ranges::find(kFileTypes, number, &FileType::number);
  return known == kFileTypes.end() ? std::string_view() : known->name;
}

TypeMix::TypeMix(FileType file_type, MixModel model)
    : file_type_(file_type), model_(std::move(model)) {}

bool TypeMix::is(std::initializer_list<std::uint32_t> numbers) const {
  return std::ranges::find(numbers, file_type_.number) != numbers.end();
}

DType TypeMix::next(std::string_view name, std::span<const std::uint64_t> shape) {
  if (stays_float(name, shape)) {
    const bool weight = shape.size() >= 2 && name.ends_with("weight") && !has(name, "_norm.weight");
    if (!weight || has(name, "ffn_gate_inp")) return DType::F32;
    return traits(file_type_.type).quantized ? DType::F16 : file_type_.type;
  }
  if (!traits(file_type_.type).quantized) return file_type_.type;
  return that_fits(mixed(name, shape[0]), shape[0]);
}

DType TypeMix::mixed(std::string_view name, std::uint64_t row) {
  const DType plain = file_type_.type;
  const bool output = name == "output.weight";
  const bool embedding = name == "token_embd.weight" || name == "per_layer_token_embd.weight";
  if (output || (model_.tied && embedding)) {
    if (is({kMXFP4_MOE}) || row % traits(plain).block_elements != 0) return DType::Q8_0;
    if (is({kIQ2_XXS, kIQ2_XS, kIQ3_XXS, kIQ1_S, kIQ2_S, kIQ2_M, kIQ1_M})) return DType::Q5_K;
    return plain == DType::Q8_0 ? plain : DType::Q6_K;
  }
  if (is({kMXFP4_MOE})) return DType::Q8_0;  // only experts would be MXFP4
  if (embedding) {
    if (is({kIQ2_XXS, kIQ2_XS, kIQ1_S, kIQ1_M})) return DType::Q2_K;
    if (is({kIQ2_S, kIQ2_M, kIQ3_XXS})) return DType::IQ3_S;
    return is({kTQ1_0, kTQ2_0, kQ2_0}) ? DType::Q4_K : plain;
  }
  if (is({kIQ2_XXS, kIQ2_XS, kIQ1_S, kIQ2_S, kIQ2_M, kIQ1_M})) return two_bit_type(name);
  if (has(name, "attn_v.weight")) return value_type();
  if (has(name, "attn_k.weight") || has(name, "attn_q.weight")) {
    if (is({kIQ3_XS})) return DType::IQ3_XXS;
    return is({kIQ3_XXS}) ? DType::IQ2_S : plain;
  }
  if (has(name, "ffn_down")) return down_type();
  if (has(name, "attn_output.weight")) {
    if (is({kQ2_K})) return DType::Q3_K;
    if (is({kIQ3_XXS})) return DType::IQ3_S;
    if (is({kQ3_K_M, kIQ3_M})) return DType::Q4_K;
    return is({kQ3_K_L}) ? DType::Q5_K : plain;
  }
  if (has(name, "ffn_gate") || has(name, "ffn_up")) {
    const std::uint64_t layer = has(name, "ffn_gate") ? gate_++ : up_++;
    const bool middle = layer >= model_.layers / 8 && layer < 7 * model_.layers / 8;
    return is({kIQ3_XS}) && middle ? DType::IQ3_XXS : plain;
  }
  return plain;
}

DType TypeMix::two_bit_type(std::string_view name) {
  const bool larger = is({kIQ2_S, kIQ2_M});
  if (has(name, "attn_v.weight")) {
    if (model_.heads_per_kv >= 4) return DType::Q4_K;
    return larger ? DType::IQ3_S : DType::Q2_K;
  }
  if (has(name, "ffn_down")) {
    const bool early = down_++ < model_.layers / 8;
    if (early) return larger ? DType::IQ3_S : DType::Q2_K;
  }
  if (has(name, "attn_output.weight")) {
    if (is({kIQ1_S, kIQ1_M})) return DType::IQ2_XXS;
    if (larger) return DType::IQ3_S;
  }
  return file_type_.type;
}

DType TypeMix::value_type() {
  const std::uint64_t layer = value_++;
  const bool grouped = model_.heads_per_kv >= 4;
  DType type = file_type_.type;
  if (is({kQ2_K})) type = grouped ? DType::Q4_K : DType::Q3_K;
  if (is({kQ2_K_S, kIQ3_XS, kIQ3_S}) && grouped) type = DType::Q4_K;
  if (is({kIQ3_XXS})) type = model_.importance ? DType::IQ3_XXS : DType::IQ3_S;
  if (is({kIQ3_XXS}) && grouped) type = DType::Q4_K;
  if (is({kIQ3_M})) type = DType::Q4_K;
  if (is({kQ3_K_M})) type = layer < 2 ? DType::Q5_K : DType::Q4_K;
  if (is({kQ3_K_L})) type = DType::Q5_K;
  if (is({kIQ4_NL, kIQ4_XS}) && grouped) type = DType::Q5_K;
  if (is({kQ4_K_M, kQ5_K_M}) && has_more_bits(layer, model_.values)) type = DType::Q6_K;
  if (is({kQ4_K_S}) && layer < 4) type = DType::Q5_K;
  // Llama 70B: eight heads share these weights, so that more bits cost little.
  const bool large =
      model_.architecture == "llama" && model_.layers == 80 && model_.heads_per_kv != 1;
  if (large && (type == DType::Q3_K || type == DType::Q4_K)) type = DType::Q5_K;
  return type;
}

DType TypeMix::down_type() {
  const std::uint64_t layer = down_++;
  const bool early = layer < model_.layers / 8;
  DType type = file_type_.type;
  if (is({kQ2_K})) type = DType::Q3_K;
  if (is({kQ2_K_S}) && early) type = DType::Q4_K;
  if (is({kIQ3_XXS}) && !model_.importance) type = early ? DType::Q4_K : DType::Q3_K;
  if (is({kQ3_K_M})) type = layer < model_.layers / 16 ? DType::Q5_K : DType::Q4_K;
  if (is({kIQ3_M}) && early) type = DType::Q4_K;
  if (is({kQ3_K_L})) type = DType::Q5_K;
  if (is({kQ4_K_M, kQ5_K_M}) && has_more_bits(layer, model_.layers)) type = DType::Q6_K;
  if (is({kIQ4_NL, kIQ4_XS}) && early && !model_.importance) type = DType::Q5_K;
  if (is({kQ4_K_S}) && early) type = DType::Q5_K;
  if (is({kQ4_0}) && early && model_.importance) type = DType::Q4_1;
  if (is({kQ5_0}) && early && model_.importance) type = DType::Q5_1;
  return type;
}

bool wants_importance(FileType file_type, std::string_view name, DType type) {
  if (name == "output.weight" || name == "token_embd.weight" ||
      name == "per_layer_token_embd.weight")
    return false;
  constexpr std::array kTypes = {DType::IQ3_XXS, DType::IQ2_XXS, DType::IQ2_XS,
                                 DType::IQ2_S,   DType::IQ1_M,   DType::IQ1_S};
  if (std::ranges::find(kTypes, type) != kTypes.end()) return true;
  return type == DType::Q2_K && file_type.number == kQ2_K_S;
}

}  // namespace tegula::tensor

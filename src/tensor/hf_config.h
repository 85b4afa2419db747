// config.json of a Hugging Face model, as far as conversion needs it, with every number checked.
//
// Errors: Corrupt for members that are missing, of another type or out of bounds, Unsupported for
// what conversion has no counterpart of; each names the member.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace tegula::tensor {

enum class HfFamily { Llama, Mistral, Qwen2, Qwen3, Gemma3, Gemma4 };

// Scaling of rotary positions, "rope_scaling".
struct RopeScaling {
  enum class Kind { None, Linear, Yarn, Llama3 };
  Kind kind = Kind::None;
  double factor = 1;
  double low_freq_factor = 1;   // Llama3
  double high_freq_factor = 4;  // Llama3
  std::uint64_t original_context = 0;
  std::optional<double> attention_factor, beta_fast, beta_slow;  // Yarn
};

struct HfConfig {
  HfFamily family = HfFamily::Llama;
  std::string architecture;  // GGUF's: "llama", "qwen3", …
  bool nested = false;       // the text model of a larger one: its members lie in "text_config"

  std::uint64_t layers = 0;
  std::uint64_t hidden = 0;
  std::uint64_t feed_forward = 0;
  std::uint64_t heads = 0;
  std::uint64_t kv_heads = 0;
  std::uint64_t head_size = 0;
  std::uint64_t vocabulary = 0;
  std::uint64_t context = 0;
  double norm_epsilon = 0;
  double rope_theta = 10'000;
  RopeScaling rope;
  bool tied = false;

  // Gemma
  std::uint64_t sliding_window = 0;
  std::optional<double> rope_theta_sliding;
  std::optional<double> final_softcap;
  std::vector<bool> sliding;  // a layer each; empty where the architecture knows

  // Gemma 4
  std::uint64_t head_size_full = 0;    // of the layers that see everything
  std::uint64_t kv_heads_full = 0;     // of them
  std::uint64_t shared_kv_layers = 0;  // the last ones use an earlier layer's keys and values
  std::uint64_t per_layer_size = 0;    // of the per-layer embeddings; 0: none
  std::uint64_t per_layer_vocabulary = 0;
  double rotated_part = 1;       // of a full layer's head
  bool double_wide = false;      // feed-forward of the layers that share keys and values
  bool keys_are_values = false;  // full layers have no values of their own

  codec::Json json;  // all of it

  // What differs by layer; otherwise the members above.
  bool slides(std::uint64_t layer) const { return !sliding.empty() && sliding[layer]; }
  bool shares_kv(std::uint64_t layer) const { return layer >= layers - shared_kv_layers; }
  std::uint64_t head_size_of(std::uint64_t layer) const;
  std::uint64_t kv_heads_of(std::uint64_t layer) const;
  std::uint64_t feed_forward_of(std::uint64_t layer) const;
};

Result<HfConfig> parse_hf_config(std::string_view text);

// The same, for the names and shapes of its matrices alone: the model may be quantised.
Result<HfConfig> parse_hf_shapes(std::string_view text);

// Of several in config.json that are one in GGUF, such as "llama", the plainest; empty if there is
// none.
std::string_view architecture_of_gguf(std::string_view name);

// The architectures that are converted, as config.json has them: for hints.
std::string convertible_architectures();

}  // namespace tegula::tensor

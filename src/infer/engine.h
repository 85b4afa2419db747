// What runs a model. An Engine has one model loaded and answers requests; where it runs (a child
// process in a perimeter, this process, another runtime) is behind the interface.
//
// Values only: no JSON document types, no llama.cpp. docs/reference/engine.md has the meaning of
// each setting on the wire.
// Errors of a request: Exhausted (prompt does not fit; the text says both numbers), InvalidArgument
// (the model or the engine refuses the request), Unavailable (the engine died; the text says why),
// Corrupt (it answers garbage). A request cancelled by its Stop is no error: it returns what there
// is with StopReason::Cancelled.
// Thread rule: an Engine is thread-safe; requests run side by side up to EngineSettings::parallel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "os/sandbox.h"

namespace tegula::infer {

struct AdapterFile {
  int descriptor = -1;  // an open, verified LoRA GGUF; borrowed for the call
  float scale = 1.0F;
};

struct EngineSettings {
  int model = -1;  // an open, verified GGUF; borrowed for the call
  std::vector<AdapterFile> adapters{};
  int projector = -1;    // multimodal projector GGUF, if any
  int draft_model = -1;  // for speculative decoding, if any
  std::string name = "model";

  std::uint32_t context = 0;  // tokens, per request; 0: what the model was trained with
  std::uint32_t batch = 2048;
  std::uint32_t micro_batch = 512;
  std::uint32_t threads = 0;  // 0: one per physical core
  std::uint32_t parallel = 1;
  std::int32_t gpu_layers = 0;
  std::int32_t main_gpu = 0;           // of several accelerators
  std::uint32_t draft_tokens = 4;      // guessed ahead by the draft model; 0: none
  bool map_model = true;               // map the files; false: read them into memory
  std::string chat_template{};         // Jinja; empty: the model's own
  std::uint64_t memory_bytes_max = 0;  // private memory; 0: no limit. estimate.h gives it
};

struct EngineInfo {
  std::uint32_t context = 0;  // tokens a request may use, prompt and answer together
  std::uint32_t trained_context = 0;
  std::uint64_t parameters = 0;
  bool accelerator = false;                   // whether layers can be put on one
  double load_ms = 0;                         // reading the model
  double start_ms = 0;                        // from the call until the first request is answered
  std::vector<os::BarrierState> perimeter{};  // as the engine entered it; empty: none
};

struct Sampling {
  std::optional<std::uint32_t> seed{};  // none: a new one each time
  float temperature = 0.8F;
  std::int32_t top_k = 40;
  float top_p = 0.9F;
  float min_p = 0.0F;
  float typical_p = 1.0F;
  float repeat_penalty = 1.0F;
  std::int32_t repeat_last_n = 64;  // 0: off; -1: the context
  float presence_penalty = 0.0F;
  float frequency_penalty = 0.0F;
  std::int32_t num_predict = -1;  // tokens at most; -1: until the model or the context ends
  bool reuse_cache = true;        // of the request before; costs bit-for-bit repeatability
  std::vector<std::string> stop{};
  std::string grammar{};      // GBNF; at most one of the two
  std::string json_schema{};  // JSON text
};

struct ChatMessage {
  std::string role{};  // "system", "user", "assistant", "tool"
  std::string content{};
  std::string tool_calls{};    // JSON array text of an earlier answer; empty: none
  std::string tool_call_id{};  // of a "tool" message
};

struct ChatRequest {
  std::vector<ChatMessage> messages{};
  std::string tools{};  // JSON array text, as OpenAI has it; empty: none
  Sampling sampling{};
};

struct CompletionRequest {
  std::string prompt{};  // taken as it is, no template
  Sampling sampling{};
};

enum class StopReason { Stop, Length, ToolCalls, Cancelled };
std::string_view stop_reason_name(
    StopReason reason);  // "stop", "length", "tool_calls", "cancelled"

struct Answer {
  std::string text{};
  std::string thinking{};    // what the model's template marks as reasoning
  std::string tool_calls{};  // JSON array text; empty: none
  std::uint32_t prompt_tokens = 0;
  std::uint32_t completion_tokens = 0;
  double ttft_ms = 0;  // from the call to the first token
  double tokens_per_second = 0;
  StopReason stop_reason = StopReason::Stop;
};

struct Piece {
  std::string_view text{};
  bool thinking = false;
};

// Called with each piece of the answer as it comes; its error ends the request and is returned.
using PieceSink = std::function<Result<void>(const Piece&)>;

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const EngineInfo& info() const = 0;
  virtual Result<Answer> chat(const ChatRequest& request, const PieceSink& sink,
                              const Stop& stop) = 0;
  virtual Result<Answer> complete(const CompletionRequest& request, const PieceSink& sink,
                                  const Stop& stop) = 0;

  // How many tokens the prompt of this request has.
  virtual Result<std::uint32_t> count_tokens(const ChatRequest& request, const Stop& stop) = 0;
};

}  // namespace tegula::infer

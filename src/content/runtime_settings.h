// tegula.json: the layer of a Modelpack that says how its model is to be run.
// Format: docs/reference/runtime-settings.md. Canonical JSON (RFC 8785), so that equal settings
// have equal digests.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tegula::content {

// The file path of the layer inside the pack.
inline constexpr std::string_view kRuntimeSettingsFile = "tegula.json";

// An int, a float, a bool, or a list of strings (only `stop`).
using Parameter = std::variant<std::int64_t, double, bool, std::vector<std::string>>;

struct Message {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
  friend bool operator==(const Message&, const Message&) = default;
};

struct AdapterUse {
  std::string file;  // the layer's file path
  double scale = 1.0;
  friend bool operator==(const AdapterUse&, const AdapterUse&) = default;
};

struct RuntimeSettings {
  std::string model;               // the weight layer's file path, or that of the weights' index
  std::string draft = {};          // the draft model's file path; empty: none
  std::string chat_template = {};  // the template layer's file path; empty: the model's own
  std::string system = {};
  std::string requires_version = {};  // the Ollama version asked for by REQUIRES; empty: any
  std::vector<AdapterUse> adapters = {};
  std::vector<Message> messages = {};
  std::map<std::string, Parameter> parameters = {};  // by Modelfile name

  // Whether the weights are a GGUF file, which the engine runs; else they are safetensors.
  bool is_gguf() const { return model.ends_with(".gguf"); }

  // InvalidArgument for anything that is not such a layer, Unsupported for a later version or a
  // member this build does not know: a setting acts or is refused.
  static Result<RuntimeSettings> parse(std::string_view json);

  // The inverse of parse.
  std::string encode() const;

  friend bool operator==(const RuntimeSettings&, const RuntimeSettings&) = default;
};

}  // namespace tegula::content

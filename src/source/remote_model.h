// A model somewhere else, before its bytes are here: which files to fetch, by digest, and what
// their keeper says of how to run it.
//
// Thread rule: values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "content/descriptor.h"
#include "content/runtime_settings.h"

namespace tegula::source {

struct RemoteFile {
  content::Descriptor blob;
  std::string name;        // for people and for a manifest: "qwen3-8b-q4_k_m.gguf"
  std::string bytes = {};  // of a small file that came along already; empty: to be fetched
};

// A short text that lies in a blob of its own.
struct RemoteText {
  enum class Kind { Template, System, Parameters, Messages, License, OllamaConfig };
  Kind kind = Kind::Template;
  content::Descriptor blob;
};

struct RemoteModel {
  std::vector<RemoteFile> files;  // one GGUF file, or safetensors and what goes with them
  std::vector<RemoteFile> adapters = {};
  std::vector<std::string> left_out = {};  // what is there besides, and we cannot use
  std::vector<RemoteText> texts = {};      // to be read into the following

  std::string chat_template = {};  // Jinja or Go
  std::string system = {};
  std::map<std::string, content::Parameter> parameters = {};
  std::vector<content::Message> messages = {};
  std::vector<std::string> licenses = {};
};

}  // namespace tegula::source

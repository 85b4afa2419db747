// What model an image manifest holds that is no Modelpack of ours: a CNCF ModelPack of another
// tool, Docker's AI artifacts, an Ollama model, or any artifact with a GGUF file in it
// (docs/reference/registry-client.md#manifests). Inside of this folder only.
//
// Errors: Unsupported for what holds no GGUF model, InvalidArgument if it holds several.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "content/image_manifest.h"
#include "source/remote_model.h"

namespace tegula::source {

// `name` is what to call the model where its manifest doesn't: "qwen3-8b".
Result<RemoteModel> model_in_manifest(std::string_view json, std::string_view name);

// Puts a text where it belongs in the model.
Result<void> add_text(const RemoteText& text, std::string_view bytes, RemoteModel& model);

}  // namespace tegula::source

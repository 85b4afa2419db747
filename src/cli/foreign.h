// Models that other programs keep on this machine: "ollama/…", "hf/…", "lmstudio/…".
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "content/reference.h"
#include "source/foreign_store.h"

namespace tegula::cli {

Result<std::vector<source::ForeignStore>> foreign_stores(Session& session);

// The name it gets in our store: "hf/Qwen/Qwen3-8B-GGUF:Q4_K_M" becomes
// "hf/qwen/qwen3-8b-gguf:Q4_K_M".
Result<content::Reference> foreign_reference(const std::string& name);

}  // namespace tegula::cli

// What `run` and `show` take for a model: a name in the store, a GGUF file, or a model that another
// program keeps. The latter two become models of the store at first use, their bytes left in place
// or shared where the disk can.
#pragma once

#include <string>

#include "cli/session.h"
#include "content/reference.h"

namespace tegula::cli {

Result<content::Reference> ensure_model(const std::string& text, Session& session);

}  // namespace tegula::cli

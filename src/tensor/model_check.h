// What a GGUF file claims to be, and whether its metadata makes sense for that: the second half of
// the check that every model file passes before the engine sees it (docs/reference/gguf.md).
//
// Errors: Unsupported for a sound file of a kind that cannot be run (a vocabulary only, one part of
// several, an importance matrix), Corrupt for metadata that contradicts itself or is out of bounds.
// Thread rule: pure functions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/gguf.h"

namespace tegula::tensor {

enum class ModelFileKind { Model, Adapter, Projector };

std::string_view kind_name(ModelFileKind kind);  // "model", "adapter", "projector"

// Decides the kind by general.type and general.architecture, and checks the file as that.
Result<ModelFileKind> check_model_file(const Gguf& gguf);

// As above, and the kind must be this one; InvalidArgument if it is another.
Result<void> check_model(const Gguf& gguf);
Result<void> check_adapter(const Gguf& gguf);
Result<void> check_projector(const Gguf& gguf);

// Whether a checked adapter can be applied to a checked model: one architecture, and each of its
// pairs has a tensor to change, of matching shape. InvalidArgument says what does not fit.
Result<void> check_adapter_fits(const Gguf& adapter, const Gguf& model);

}  // namespace tegula::tensor

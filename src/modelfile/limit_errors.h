// The refusals of both parsers when a limit is reached.
#pragma once

#include <fmt/core.h>

#include "base/limits.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

inline Diagnostic too_many_bytes() {
  return {.code = Code::Exhausted,
          .rule = "too-many-bytes",
          .place = {},
          .text = fmt::format("a Modelfile has at most {} bytes", limits::kModelfileBytesMax),
          .hint = "is this a Modelfile? a model file (GGUF) is named by FROM"};
}

inline Diagnostic too_many_commands(Place place) {
  return {
      .code = Code::Exhausted,
      .rule = "too-many-commands",
      .place = place,
      .text = fmt::format("a Modelfile has at most {} instructions", limits::kModelfileCommandsMax),
      .hint = {}};
}

}  // namespace tegula::modelfile

// JSON of a file from outside: what is wrong with it is wrong with the file. Inside of this folder
// only.
//
// Errors: Corrupt for malformed text, with line and column; Unsupported past a limit.
// Thread rule: pure functions.
#pragma once

#include <string_view>

#include "codec/json.h"

namespace tegula::tensor {

Result<codec::Json> parse_file_json(std::string_view text, const codec::JsonLimits& limits = {});

// An error of codec's about a member, as one about the file.
Error as_file_error(Error error);

}  // namespace tegula::tensor

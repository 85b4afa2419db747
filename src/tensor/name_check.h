// Names of keys and tensors from outside. Inside of this folder only.
//
// Errors: Corrupt.
// Thread rule: pure functions.
#pragma once

#include <string_view>

#include "base/result.h"

namespace tegula::tensor {

// Refuses a name that is empty, not UTF-8, or holds a control character (C0, DEL, C1): those have
// no use but to deceive a terminal or a C string.
Result<void> check_name(std::string_view name);

}  // namespace tegula::tensor

// A process as it would be on another machine: another user number and host name, no network. For
// work whose result must not depend on such things.
//
// What the system does not allow is left as it is, and the report says so. Thread rule: before the
// process starts its first thread.
#pragma once

#include <string>

#include "base/result.h"

namespace tegula::os {

struct Isolation {
  bool has_network = true;
  std::string user;  // "4242", or why it is still the same one
};

Result<Isolation> isolate();

}  // namespace tegula::os

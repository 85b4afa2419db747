// The pipe to the parent: messages out, and the parent's end.
#pragma once

#include <thread>

#include "base/result.h"
#include "infer/protocol.h"

namespace tegula::engine {

Result<void> send_message(const infer::Message& message);

// From now on the process ends as soon as nobody reads the pipe: when the parent closes it, and
// when the parent is gone however it went. The kernel's parent-death signal does the same on Linux,
// but follows the thread that spawned us.
std::jthread end_with_parent();

}  // namespace tegula::engine

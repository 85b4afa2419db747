// What parent and engine say to each other: the order in, messages out.
#pragma once

#include "base/result.h"
#include "infer/protocol.h"

namespace tegula::engine {

Result<infer::Order> read_order(int descriptor);

Result<void> send_message(int control, const infer::Message& message);

}  // namespace tegula::engine

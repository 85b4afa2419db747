// Ways out of the perimeter, tried for real. docs/reference/perimeter.md lists them.
//
// Thread rule: before the first thread, like the barriers.
#pragma once

#include <vector>

#include "base/result.h"
#include "infer/protocol.h"
#include "os/sandbox.h"

namespace tegula::engine {

// All but exec, which would leave nobody to report.
std::vector<infer::Attempt> try_to_break_out(const infer::Order& order,
                                             const std::vector<os::BarrierState>& barriers);

// Runs another program. Comes back only if that was stopped.
infer::Attempt try_to_exec(const std::vector<os::BarrierState>& barriers);

// Each barrier that says it is enforced must stop what it is for; Untrusted if one does not.
Result<void> check_barriers(const infer::Order& order,
                            const std::vector<os::BarrierState>& barriers);

}  // namespace tegula::engine

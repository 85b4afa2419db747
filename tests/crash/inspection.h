// Looks at what a crash left as the next program would, and finds all that it must not find.
#pragma once

#include <string>
#include <vector>

#include "scenario.h"

namespace tegula::crash {

// What is wrong with the store in `home`, a sentence each, if it must hold what `before` says or
// what `after` says: both, where a step was cut short between them. Uses the store up: it collects
// its garbage, and builds something more.
std::vector<std::string> inspect(const os::Path& home, const State& before, const State& after);

}  // namespace tegula::crash

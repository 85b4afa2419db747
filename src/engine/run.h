// The life of an engine process: order, perimeter, proof or service.
#pragma once

namespace tegula::engine {

// Returns the exit status; docs/reference/engine.md has the steps.
int run();

}  // namespace tegula::engine

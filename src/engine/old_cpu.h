// What the program does on a processor that it was not compiled for.
#pragma once

namespace tegula::engine {

// Runs before main and before every static initialiser; ends the process with a message to both the
// log and the parent if a feature is missing. Calling it links it in.
void refuse_old_cpu();

}  // namespace tegula::engine

#include <cstdlib>

#include "os/leave.h"

namespace tegula::os {

void leave(int status) { std::exit(status); }

}  // namespace tegula::os

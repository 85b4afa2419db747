// A user namespace of one user: nobody else exists in it. Inside of this folder only.
//
// Errors: Unavailable, naming the file. Thread rule: of the process, before its first thread.
#pragma once

#include "base/result.h"

namespace tegula::os {

// After unshare(CLONE_NEWUSER): user and group outside have the numbers `inside`.
struct InsideNumbers {
  unsigned user = 0;
  unsigned group = 0;
};
Result<void> map_own_user(InsideNumbers inside, unsigned user, unsigned group);

}  // namespace tegula::os

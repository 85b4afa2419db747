// The key that a log has beside a signature: the log took the entry for that key's, so a bundle by
// a key that nobody here knows can be verified as that key's all the same. Whose it is, nobody
// said.
//
// Thread rule: free function.
#pragma once

#include <optional>

#include "attest/bundle.h"
#include "crypto/key.h"

namespace tegula::attest {

// Of the first hashedrekord 0.0.2 with a key in the bundle; nothing if there is none. Not verified.
std::optional<crypto::PublicKey> logged_key(const Bundle& bundle);

}  // namespace tegula::attest

// Programs that keep docker's passwords: docker-credential-<name>, asked by its `get` (the protocol
// of docker-credential-helpers; docs/reference/registry-client.md#credentials).
//
// Errors: Unavailable for a helper that fails or can't be started, Corrupt for an answer that is
// none. Nothing of what a helper says is ever in a message. Thread rule: free function.
#pragma once

#include <optional>
#include <string>

#include "base/stop.h"
#include "os/environment.h"
#include "source/credentials.h"

namespace tegula::source {

// Nothing if the helper has none for the host, or isn't installed.
Result<std::optional<Credential>> ask_credential_helper(const std::string& name,
                                                        const std::string& host,
                                                        const os::Environment& environment,
                                                        const Stop& stop);

}  // namespace tegula::source

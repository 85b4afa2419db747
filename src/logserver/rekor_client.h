// A signer's side of a Rekor log of version 2 (docs/reference/log-server.md#rekor-entries).
//
// Thread rule: free function; the transport's. Errors: AlreadyExists if the log has the entry,
// Unavailable if it can't take it now, InvalidArgument if it takes it never, with the log's reason.
#pragma once

#include <string>

#include "net/transport.h"

namespace tegula::logserver {

// `request` is a hashedrekord as JSON; the answer, the log's entry with its proof, comes when it is
// under a published checkpoint, which may take many seconds. `url` is the log's base address.
Result<std::string> post_rekord(net::Transport& transport, const std::string& url,
                                std::string request, const Stop& stop);

}  // namespace tegula::logserver

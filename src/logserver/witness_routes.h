// A witness over HTTP (C2SP tlog-witness; docs/reference/witness.md):
//
//   POST /add-checkpoint
//   GET  /<hexadecimal SHA-256 of a log's origin>/checkpoint
//
// Thread rule: as net::ServerHandler; the witness outlives the server.
#pragma once

#include "logserver/witness.h"
#include "net/http_server.h"

namespace tegula::logserver {

net::ServerHandler witness_handler(Witness& witness);

}  // namespace tegula::logserver

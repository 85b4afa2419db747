// A log over HTTP (C2SP tlog-tiles; Rekor v2; docs/reference/log-server.md):
//
//   GET  /checkpoint  /tile/<L>/<N>[.p/<W>]  /tile/entries/<N>[.p/<W>]
//   POST /add                        generic: the body is the entry, the answer its index
//   POST /api/v2/log/entries         rekor: a hashedrekord, answered with its log entry
//
// A Rekor log has the readers' paths below /api/v2 too. What one kind takes the other answers with
// 404. A full pool is 429 with Retry-After.
//
// Thread rule: as net::ServerHandler; the log outlives the server.
#pragma once

#include "logserver/log.h"
#include "net/http_server.h"

namespace tegula::logserver {

net::ServerHandler log_handler(Log& log);

}  // namespace tegula::logserver

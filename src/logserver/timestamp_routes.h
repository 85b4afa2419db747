// A timestamp authority over HTTP (RFC 3161 §3.4; docs/reference/log-server.md):
//
//   POST /api/v1/timestamp       application/timestamp-query
//
// answered with application/timestamp-reply: 201 with a stamp, 200 with a refusal; 400 for what is
// no query, 413 for one that is too large, 415 for another type.
//
// Thread rule: as net::ServerHandler; the service outlives the server.
#pragma once

#include "logserver/timestamp_service.h"
#include "net/http_server.h"

namespace tegula::logserver {

// Hands what isn't the authority's to `others`, so that neither depends on the other's health.
net::ServerHandler timestamp_handler(TimestampService& service, net::ServerHandler others);

}  // namespace tegula::logserver

// The client of a timestamp authority (RFC 3161 §3.4).
//
// Errors: Unavailable if it isn't reached, takes too long, refuses or answers with an error;
// Corrupt or InvalidArgument for what is no timestamp; Exhausted past a limit; Untrusted for a
// stamp on something else; Cancelled.
// Thread rule: one thread at a time.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/stop.h"
#include "net/transport.h"

namespace tegula::logserver {

class TimestampClient {
 public:
  // `url` is whole, as signing_config.json has it under "tsaUrls". All else must outlive it.
  TimestampClient(net::Url url, net::Transport& transport, const Clock& clock, Random& random)
      : url_(std::move(url)), transport_(transport), clock_(clock), random_(random) {}

  // A TimeStampResp in DER over the SHA-256 of the message, such as a signature's bytes; with a
  // nonce of its own that the answer is held to. Whose stamp it is, the caller finds out by
  // crypto::verify_timestamp.
  Result<Bytes> stamp(ByteView message, const Stop& stop);

 private:
  Result<net::HttpReply> send(const Bytes& query, const Stop& stop);

  const net::Url url_;
  net::Transport& transport_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace tegula::logserver

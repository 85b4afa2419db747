// A blob at an address, read in ranges (RFC 9110 §14). Inside of this folder only.
//
// Thread rule: thread-safe if the sender is.
#pragma once

#include <functional>

#include "content/blob_source.h"
#include "net/transport.h"

namespace tegula::source {

// How requests get to the server: with whatever signs the user in, through redirects.
using HttpSender = std::function<Result<net::HttpReply>(const net::HttpRequest&,
                                                        const net::ReplyHandler&, const Stop&)>;

class HttpBlob final : public content::BlobReader {
 public:
  HttpBlob(net::Url url, std::uint64_t size, HttpSender send)
      : url_(std::move(url)), size_(size), send_(std::move(send)) {}

  // Corrupt if the server answers with another range, or with a blob of another size.
  Result<void> read(const content::ByteRange& range, content::RangeReceiver& receiver,
                    const Stop& stop) const override;

  std::string name() const override;  // without the query: it may hold a signature

 private:
  const net::Url url_;
  const std::uint64_t size_;
  const HttpSender send_;
};

// What the server calls the bytes: a strong entity tag, else when they last changed; empty:
// nothing.
std::string version_of(const net::ReplyHead& head);

}  // namespace tegula::source

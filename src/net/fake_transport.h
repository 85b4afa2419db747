// For tests: a server that is a function, and a record of what it was asked.
//
// Thread rule: thread-safe if the function is.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/transport.h"

namespace tegula::net {

struct FakeReply {
  int status = 200;
  std::vector<Header> headers = {};
  std::string body = {};
  bool breaks_off = false;  // after the body, as if there had been more
};

class FakeTransport final : public Transport {
 public:
  using Server = std::function<FakeReply(const HttpRequest&)>;

  explicit FakeTransport(Server server) : server_(std::move(server)) {}

  Result<HttpReply> exchange(const HttpRequest& request, const ReplyHandler& handler,
                             const Stop& stop) override;

  std::vector<HttpRequest> requests() const;  // uploads are in `body`
  std::vector<std::string> log() const;       // "GET https://host/path"

 private:
  const Server server_;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
};

}  // namespace tegula::net

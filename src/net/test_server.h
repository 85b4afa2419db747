// For tests: an HTTP server on this machine's loopback that answers with the bytes it is told, well
// formed or not. One request a connection.
//
// Thread rule: the answer function runs on the server's threads, several at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "net/url.h"
#include "os/descriptor.h"

namespace tegula::net {

class TestServer {
 public:
  // From a whole request to the bytes of the reply. The connection is closed after them.
  using Answer = std::function<std::string(const std::string& request)>;

  explicit TestServer(Answer answer);
  ~TestServer();

  std::uint16_t port() const { return port_; }
  Url url(std::string_view path) const;  // "http://127.0.0.1:PORT/path"

  // Connections stay open after the answer until the client closes them.
  void hold_connections() { holds_ = true; }

 private:
  void serve();
  void talk(os::Descriptor connection);

  const Answer answer_;
  os::Descriptor listener_;
  std::uint16_t port_ = 0;
  bool holds_ = false;
  std::thread thread_;
  std::vector<std::thread> talks_;
};

// "HTTP/1.1 200 OK" with a length, and the body.
std::string ok(std::string_view body, std::string_view headers = {});

}  // namespace tegula::net

// An HTTP/1.1 server: requests and replies are values, and a handler turns one into the other, now
// or later. TLS is the business of a proxy in front.
//
// Limits: the head and the body of a request, connections at once, the time between two requests
// and the time of each transfer. What is over them is answered with 431, 413 or 400, or closed. A
// client that waits for an answer costs a connection and no thread.
//
// Errors of start: InvalidArgument for an address that is none, Unavailable for one that is taken.
// Thread rule: the handler is called on the server's threads, several at a time, and must not block
// for long; a Responder may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/message.h"

namespace tegula::net {

struct ServerRequest {
  std::string method{};
  std::string path{};   // as it was sent, escapes and all; begins with "/"
  std::string query{};  // without its "?"
  std::vector<Header> headers{};
  std::string body{};
  std::string peer{};  // the client's address, without its port
};

struct ServerReply {
  int status = 200;
  std::vector<Header> headers{};
  std::string body{};  // left out in the answer to a HEAD, but counted
};

// Sends the reply, once: later calls do nothing. Whoever drops all copies without calling one has
// answered 500.
class Responder {
 public:
  using Send = std::function<void(ServerReply)>;
  explicit Responder(Send send);
  void operator()(ServerReply reply) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

using ServerHandler = std::function<void(ServerRequest, Responder)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any that is free
  unsigned threads = 2;
  std::uint32_t header_bytes_max = limits::kServerHeaderBytesMax;
  std::uint64_t body_bytes_max = limits::kServerBodyBytesMax;
  std::size_t connections_max = limits::kServerConnectionsMax;
  std::chrono::milliseconds idle_max = limits::kServerIdleMax;
  std::chrono::milliseconds transfer_max = limits::kServerTransferMax;
};

class HttpServer {
 public:
  static Result<std::unique_ptr<HttpServer>> start(const ServerOptions& options,
                                                   ServerHandler handler);

  // Closes all connections; no handler runs afterwards. Responders that are still held do nothing.
  ~HttpServer();

  std::uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

// A reply of one line of plain text.
ServerReply text_reply(int status, std::string_view line);

}  // namespace tegula::net

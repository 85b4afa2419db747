#include "net/test_server.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"

namespace tegula::net {
namespace {

bool read_more(int fd, std::string& into) {
  char buffer[64 * 1024];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
  if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

// The head, and as much body as it announces. Of who speaks TLS, the first words.
std::string read_request(int fd) {
  constexpr char kHandshake = 0x16;
  std::string out;
  std::size_t head_end;
  while ((head_end = out.find("\r\n\r\n")) == std::string::npos)
    if (!read_more(fd, out) || out.front() == kHandshake) return out;
  const std::size_t at = out.find("Content-Length: ");
  if (at == std::string::npos || at > head_end) return out;
  const std::size_t body = std::strtoul(out.c_str() + at + 16, nullptr, 10);
  while (out.size() < head_end + 4 + body && read_more(fd, out)) continue;
  return out;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

TestServer::TestServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = os::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(::listen(listener_.get(), 16) == 0);
  CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

TestServer::~TestServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
  for (std::thread& talk : talks_) talk.join();
}

Url TestServer::url(std::string_view path) const {
  return Url::parse(fmt::format("http://127.0.0.1:{}{}", port_, path)).value();
}

void TestServer::serve() {
  while (true) {
    os::Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.is_open()) return;
    talks_.emplace_back([this, c = std::move(connection)]() mutable { talk(std::move(c)); });
  }
}

void TestServer::talk(os::Descriptor connection) {
  const std::string request = read_request(connection.get());
  if (request.empty()) return;
  send_all(connection.get(), answer_(request));
  if (!holds_) ::shutdown(connection.get(), SHUT_WR);
  std::string rest;
  while (read_more(connection.get(), rest)) continue;
}

std::string ok(std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), headers,
                     body);
}

}  // namespace tegula::net

#include "net/http_server.h"

#include <arpa/inet.h>
#include <condition_variable>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/descriptor.h"

namespace tegula::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void end() { ::shutdown(fd_.get(), SHUT_WR); }

  // Until the server closes.
  std::string rest() {
    std::string out;
    while (more(out)) continue;
    return out;
  }

  // One reply, by its length.
  std::string reply() {
    std::string out = std::move(left_);
    std::size_t head;
    while ((head = out.find("\r\n\r\n")) == out.npos)
      if (!more(out)) return out;
    const std::size_t at = out.find("Content-Length: ");
    const std::size_t size = head + 4 + std::stoul(out.substr(at + 16));
    while (out.size() < size && more(out)) continue;
    left_ = out.substr(std::min(size, out.size()));
    return out.substr(0, size);
  }

 private:
  bool more(std::string& into) {
    char buffer[4096];
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  os::Descriptor fd_;
  std::string left_;
};

void echo(const ServerRequest& request, const Responder& respond) {
  respond({.status = request.path == "/teapot" ? 418 : 200,
           .headers = {{.name = "X-Peer", .value = request.peer}},
           .body = fmt::format("{} {} ?{} {}", request.method, request.path, request.query,
                               request.body)});
}

std::unique_ptr<HttpServer> start(const ServerOptions& options = {},
                                  const ServerHandler& handler = echo) {
  return HttpServer::start(options, handler).value();
}

std::string ask(const HttpServer& server, std::string_view request) {
  Connection connection(server.port());
  connection.send(request);
  return connection.rest();
}

TEST(HttpServer, HandsRequestsOnAsValues) {
  const auto server = start();
  const std::string got =
      ask(*server, "GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("X-Peer: 127.0.0.1\r\n"));
  EXPECT_THAT(got, ::testing::EndsWith("GET /a%20b ?x=1 "));
  EXPECT_THAT(ask(*server, "GET /teapot HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 418"));
}

TEST(HttpServer, KeepsConnectionsAndTakesRequestsInTurn) {
  const auto server = start();
  Connection connection(server->port());
  const std::string post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n";
  connection.send(post + "ab" + post + "cd");
  EXPECT_THAT(connection.reply(), HasSubstr("POST /p ? ab"));
  EXPECT_THAT(connection.reply(), HasSubstr("POST /p ? cd"));
  connection.send(post + "ef");
  EXPECT_THAT(connection.reply(), HasSubstr("POST /p ? ef"));
}

TEST(HttpServer, LeavesTheBodyOutOfTheAnswerToHead) {
  const auto server = start();
  const std::string got =
      ask(*server, "HEAD /abc HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(got, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_THAT(got, ::testing::EndsWith("\r\n\r\n"));
}

// Keeps what it owes an answer for.
class Debts {
 public:
  ServerHandler handler() {
    return [this](const ServerRequest&, const Responder& respond) {
      const std::lock_guard lock(mutex_);
      owed_.push_back(respond);
      came_.notify_all();
    };
  }
  Responder wait() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !owed_.empty(); });
    Responder out = std::move(owed_.back());
    owed_.pop_back();
    return out;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Responder> owed_;
};

TEST(HttpServer, AnswersLaterAndFromAnyThread) {
  Debts debts;
  const auto server = start({}, debts.handler());
  Connection connection(server->port());
  connection.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const Responder respond = debts.wait();
  respond(text_reply(200, "late"));
  respond(text_reply(500, "twice"));
  const std::string got = connection.rest();
  EXPECT_THAT(got, HasSubstr("late"));
  EXPECT_THAT(got, ::testing::Not(HasSubstr("twice")));
}

TEST(HttpServer, AnswersForWhoeverForgets) {
  const auto server = start({}, [](const ServerRequest&, const Responder&) {});
  EXPECT_THAT(ask(*server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 500"));
}

TEST(HttpServer, RefusesWhatIsOverALimit) {
  const auto server = start({.header_bytes_max = 1000, .body_bytes_max = 10});
  const auto post = [&](std::size_t bytes) {
    return ask(*server, fmt::format("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: "
                                    "{}\r\n\r\n{}",
                                    bytes, std::string(bytes, 'x')));
  };
  EXPECT_THAT(post(10), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(post(11), StartsWith("HTTP/1.1 413"));
  const auto get = [&](std::size_t bytes) {
    const std::string head = "GET / HTTP/1.1\r\nConnection: close\r\nX: ";
    return ask(*server, head + std::string(bytes - head.size() - 4, 'x') + "\r\n\r\n");
  };
  EXPECT_THAT(get(990), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get(1100), StartsWith("HTTP/1.1 431"));
}

TEST(HttpServer, RefusesWhatIsNotHttp) {
  const auto server = start();
  for (const char* bad :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n",
        "GET * HTTP/1.1\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"})
    EXPECT_THAT(ask(*server, bad), StartsWith("HTTP/1.1 400")) << bad;
}

// A slow client, and one that says nothing, are let go.
TEST(HttpServer, ClosesWhatTakesTooLong) {
  const auto server = start(
      {.idle_max = std::chrono::milliseconds(30), .transfer_max = std::chrono::milliseconds(30)});
  for (const char* begin : {"", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"}) {
    Connection connection(server->port());
    connection.send(begin);
    EXPECT_EQ(connection.rest(), "") << begin;
  }
}

TEST(HttpServer, HoldsOnlySoManyConnections) {
  const auto server = start({.connections_max = 1});
  auto first = std::make_unique<Connection>(server->port());
  first->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first->reply(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(ask(*server, "GET / HTTP/1.1\r\n\r\n"), "");
}

TEST(HttpServer, EndsWithConnectionsAndAnswersOpen) {
  Debts debts;
  auto server = start({}, debts.handler());
  Connection waiting(server->port()), idle(server->port());
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    const Responder respond = debts.wait();
    server.reset();
    respond(text_reply(200, "nobody hears this"));
  }
  EXPECT_EQ(waiting.rest(), "");
  EXPECT_EQ(idle.rest(), "");
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const auto server = start();
  EXPECT_EQ(HttpServer::start({.port = server->port()}, echo).error().code, Code::Unavailable);
  EXPECT_EQ(HttpServer::start({.address = "nowhere"}, echo).error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::net

#include "net/http_client.h"

#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The other end of a connection, played by a thread: reads the request, writes what it is told.
class Peer {
 public:
  explicit Peer(std::string reply, bool close_after = true) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = os::Descriptor(ends[0]);
    server_ = os::Descriptor(ends[1]);
    thread_ = std::thread([this, reply = std::move(reply), close_after] {
      read_request();
      ::send(server_.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
      if (close_after) ::shutdown(server_.get(), SHUT_WR);
      std::string rest;
      while (read_more(rest)) continue;
    });
  }
  ~Peer() { join(); }

  os::Descriptor take_client() { return std::move(client_); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  const std::string& request() const { return request_; }

 private:
  bool read_more(std::string& into) {
    char buffer[1000];
    const ssize_t got = ::read(server_.get(), buffer, sizeof buffer);
    if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }
  bool is_complete() const {
    if (request_.find("Content-Length: 6") != std::string::npos) return request_.ends_with("END");
    return request_.ends_with("\r\n\r\n");
  }
  void read_request() {
    while (!is_complete()) {
      if (!read_more(request_)) return;
    }
  }

  os::Descriptor client_;
  os::Descriptor server_;
  std::string request_;
  std::thread thread_;
};

Result<Reply> ask(std::string reply, const ReplyLimits& limits = {}) {
  Peer peer(std::move(reply));
  return exchange(peer.take_client(), {}, {}, limits);
}

TEST(HttpClient, SendsARequest) {
  Peer peer("HTTP/1.1 204 No Content\r\n\r\n");
  const Request request{.method = "POST",
                        .target = "/completion",
                        .headers = {{"Content-Type", "application/json"}},
                        .body = "{} END"};
  const Reply reply = exchange(peer.take_client(), request).value();
  peer.join();
  EXPECT_EQ(reply.status, 204);
  EXPECT_THAT(peer.request(), StartsWith("POST /completion HTTP/1.1\r\n"));
  EXPECT_THAT(peer.request(), HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(peer.request(), HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(peer.request(), EndsWith("\r\n\r\n{} END"));
}

TEST(HttpClient, ReadsRepliesOfEveryFraming) {
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")->body, "ok");
  EXPECT_EQ(
      ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n")
          ->body,
      "ok");
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\n\r\nuntil the end")->body, "until the end");
  EXPECT_EQ(ask("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")->status, 404);
}

TEST(HttpClient, RefusesWhatIsNotAWholeReply) {
  struct Case {
    std::string reply;
    Code want;
  };
  for (const Case& c : std::vector<Case>{
           {"", Code::Unavailable},
           {"HTTP/1.1 200 OK\r\nContent-", Code::Unavailable},
           {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour", Code::Unavailable},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Code::Unavailable},
           {"SSH-2.0-OpenSSH\r\n\r\n", Code::Corrupt},
           {"HTTP/1.1 two\r\n\r\n", Code::Corrupt},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Code::Corrupt}}) {
    const Result<Reply> reply = ask(c.reply);
    ASSERT_FALSE(reply) << c.reply;
    EXPECT_EQ(reply.error().code, c.want) << c.reply << ": " << reply.error().text;
  }
}

TEST(HttpClient, LimitsHeadersAndBody) {
  const auto sized = [](std::size_t bytes) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           std::string(bytes, 'x');
  };
  EXPECT_EQ(ask(sized(100), {.body_bytes_max = 100})->body.size(), 100U);
  EXPECT_EQ(ask(sized(101), {.body_bytes_max = 100}).error().code, Code::Exhausted);
  const std::string unending = "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x');
  EXPECT_EQ(ask(unending, {.body_bytes_max = 100}).error().code, Code::Exhausted);
  const std::string long_header = "HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') + "\r\n\r\n";
  EXPECT_EQ(ask(long_header, {.header_bytes_max = 1000}).error().code, Code::Exhausted);
}

TEST(HttpClient, StreamsPiecesAsTheyCome) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const os::Descriptor server(ends[1]);
  const auto say = [&](std::string_view text) {
    ::send(server.get(), text.data(), text.size(), 0);
  };
  say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  std::string seen;
  // Each piece must be handed on before the next is even sent, or this would wait for ever.
  const Result<Reply> reply =
      stream(os::Descriptor(ends[0]), {}, [&](std::string_view piece) -> Result<void> {
        seen.append(piece);
        say(seen == "a" ? "1\r\nb\r\n" : "0\r\n\r\n");
        return {};
      });
  ASSERT_TRUE(reply);
  EXPECT_EQ(seen, "ab");
}

TEST(HttpClient, CollectsTheBodyOfAnErrorReply) {
  Peer peer("HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\noops");
  const Reply reply = stream(peer.take_client(), {}, [](std::string_view) -> Result<void> {
                        return fail(Code::Internal, "not for the sink");
                      }).value();
  EXPECT_EQ(reply.body, "oops");
}

TEST(HttpClient, ASinksErrorClosesTheConnection) {
  Peer peer("HTTP/1.1 200 OK\r\n\r\nx", false);
  const Result<Reply> reply = stream(peer.take_client(), {}, [](std::string_view) -> Result<void> {
    return fail(Code::Cancelled, "enough");
  });
  EXPECT_EQ(reply.error().code, Code::Cancelled);
  peer.join();  // ends only if the connection did
}

TEST(HttpClient, StopsWhenAsked) {
  Peer peer("HTTP/1.1 200 OK\r\n\r\nx", false);
  StopSource source;
  const Result<Reply> reply = stream(
      peer.take_client(), {},
      [&](std::string_view) -> Result<void> {
        source.cancel();
        return {};
      },
      source.stop());
  EXPECT_EQ(reply.error().code, Code::Cancelled);
  peer.join();
}

TEST(ConnectUnix, FindsSocketsWithLongNames) {
  const os::TemporaryFolder folder;
  const std::filesystem::path deep = folder.path() / std::string(200, 'd');
  std::filesystem::create_directory(deep);
  std::filesystem::current_path(deep);
  const os::Descriptor server(::socket(AF_UNIX, SOCK_STREAM, 0));
  const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "s"};
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  std::filesystem::current_path("/");
  EXPECT_EQ(connect_unix((deep / "s").string()).error().code, Code::Unavailable) << "not listening";
  ASSERT_EQ(::listen(server.get(), 1), 0);
  EXPECT_TRUE(connect_unix((deep / "s").string()));
  EXPECT_EQ(connect_unix((deep / "t").string()).error().code, Code::Unavailable);
  EXPECT_EQ(connect_unix((deep / std::string(150, 'n')).string()).error().code,
            Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::net

#include "net/http_server.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace tegula::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kFirstRead = 4096;
constexpr std::chrono::milliseconds kAcceptPause{100};  // after running out of descriptors

int status_of(const ErrorCode& code) {
  if (code == http::error::header_limit || code == http::error::buffer_overflow) return 431;
  if (code == http::error::body_limit) return 413;
  return 400;
}

// Whether the client gets to hear of it: what is no HTTP, but not what broke off.
bool is_answered(const ErrorCode& code) {
  return code.category() == make_error_code(http::error::bad_method).category() &&
         code != http::error::end_of_stream && code != http::error::partial_message;
}

}  // namespace

struct Responder::State {
  explicit State(Send s) : send(std::move(s)) {}
  ~State() {
    if (!is_used.exchange(true)) send(text_reply(500, "no answer"));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Send send;
  std::atomic<bool> is_used = false;
};

Responder::Responder(Send send) : state_(std::make_shared<State>(std::move(send))) {}

void Responder::operator()(ServerReply reply) const {
  if (!state_->is_used.exchange(true)) state_->send(std::move(reply));
}

ServerReply text_reply(int status, std::string_view line) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "text/plain; charset=utf-8"}},
          .body = fmt::format("{}\n", line)};
}

namespace {

// What a connection may ask of its server.
class Host {
 public:
  virtual ~Host() = default;
  virtual const ServerOptions& options() const = 0;
  virtual const ServerHandler& handler() const = 0;
  virtual bool is_stopping() const = 0;
  virtual void leave(const void* session) = 0;
};

// One connection: reads a request, waits for its answer, writes it, and again. All of it runs on
// the stream's strand.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Host> server, tcp::socket socket)
      : server_(std::move(server)),
        stream_(std::move(socket)),
        buffer_(server_->options().header_bytes_max + kFirstRead) {
    ErrorCode code;
    const auto remote = stream_.socket().remote_endpoint(code);
    if (!code) peer_ = remote.address().to_string(code);
    stream_.socket().set_option(tcp::no_delay(true), code);
  }
  ~Session() { server_->leave(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->wait(); });
  }

  // From any thread: what it waits for ends, and with it the session.
  void end() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->close(); });
  }

 private:
  // The idle time ends with the first byte of a request; then it has the time of a transfer.
  void wait() {
    if (server_->is_stopping()) return close();
    if (buffer_.size() > 0) return read();
    stream_.expires_after(server_->options().idle_max);
    stream_.async_read_some(buffer_.prepare(kFirstRead),
                            [self = shared_from_this()](ErrorCode code, std::size_t got) {
                              if (code) return self->close();
                              self->buffer_.commit(got);
                              self->read();
                            });
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(server_->options().header_bytes_max);
    parser_->body_limit(server_->options().body_bytes_max);
    stream_.expires_after(server_->options().transfer_max);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](ErrorCode code, std::size_t) { self->have_read(code); });
  }

  void have_read(const ErrorCode& code) {
    if (code && !is_answered(code)) return close();
    keeps_alive_ = !code && parser_->get().keep_alive();
    is_head_ = !code && parser_->get().method() == http::verb::head;
    if (code) return write(text_reply(status_of(code), code.message()));
    stream_.expires_never();
    ServerRequest request = take_request();
    if (!request.path.starts_with('/')) return write(text_reply(400, "expected a path"));
    handle(std::move(request));
  }

  void handle(ServerRequest request) {
    const Responder respond([self = shared_from_this()](ServerReply reply) {
      if (self->server_->is_stopping()) return;  // nobody would write it
      asio::post(self->stream_.get_executor(),
                 [self, reply = std::move(reply)]() mutable { self->write(std::move(reply)); });
    });
    server_->handler()(std::move(request), respond);
  }

  ServerRequest take_request() {
    auto& message = parser_->get();
    ServerRequest out;
    out.method = std::string(message.method_string());
    const std::string_view target(message.target().data(), message.target().size());
    const std::size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    if (mark != target.npos) out.query = target.substr(mark + 1);
    for (const auto& field : message)
      out.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    out.body = std::move(message.body());
    out.peer = peer_;
    return out;
  }

  void write(ServerReply reply) {
    reply_ = {};
    reply_.version(11);
    reply_.result(static_cast<unsigned>(reply.status));
    for (const Header& header : reply.headers) reply_.set(header.name, header.value);
    reply_.keep_alive(keeps_alive_);
    reply_.content_length(reply.body.size());
    if (!is_head_) reply_.body() = std::move(reply.body);
    stream_.expires_after(server_->options().transfer_max);
    http::async_write(stream_, reply_, [self = shared_from_this()](ErrorCode code, std::size_t) {
      if (code || !self->keeps_alive_) return self->close();
      self->wait();
    });
  }

  void close() {
    ErrorCode code;
    stream_.socket().shutdown(tcp::socket::shutdown_both, code);
    stream_.close();
  }

  const std::shared_ptr<Host> server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> reply_;
  std::string peer_;
  bool keeps_alive_ = false;
  bool is_head_ = false;
};

}  // namespace

class HttpServer::Impl final : public Host, public std::enable_shared_from_this<Impl> {
 public:
  Impl(const ServerOptions& options, ServerHandler handler)
      : options_(options), handler_(std::move(handler)) {}

  Result<void> listen();
  void run();
  void stop();
  std::uint16_t port() const { return port_; }

  const ServerOptions& options() const override { return options_; }
  const ServerHandler& handler() const override { return handler_; }
  bool is_stopping() const override { return is_stopping_; }
  void leave(const void* session) override;

 private:
  void accept();
  void accepted(tcp::socket socket);
  void pause();

  const ServerOptions options_;
  const ServerHandler handler_;
  std::atomic<bool> is_stopping_ = false;
  std::mutex mutex_;
  std::map<const void*, std::weak_ptr<Session>> sessions_;  // guarded by mutex_
  asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

void HttpServer::Impl::leave(const void* session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
}

Result<void> HttpServer::Impl::listen() {
  ErrorCode code;
  const auto address = asio::ip::make_address(options_.address, code);
  if (code)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is no address", options_.address),
                "such as 127.0.0.1 or ::1");
  const tcp::endpoint where(address, options_.port);
  acceptor_.open(where.protocol(), code);
  if (!code) acceptor_.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) acceptor_.bind(where, code);
  if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
  if (code)
    return fail(Code::Unavailable,
                fmt::format("cannot listen on {} port {}: {}", options_.address, options_.port,
                            code.message()),
                "another port, or stop what listens there");
  port_ = acceptor_.local_endpoint(code).port();
  return {};
}

void HttpServer::Impl::run() {
  accept();
  for (unsigned i = 0; i < std::max(1U, options_.threads); ++i)
    threads_.emplace_back([this] { io_.run(); });
}

// Ends what everybody waits for, so that the threads run out of work and let go of all sessions.
void HttpServer::Impl::stop() {
  is_stopping_ = true;
  asio::post(io_, [this] {
    ErrorCode code;
    acceptor_.close(code);
    timer_.cancel();
  });
  std::vector<std::shared_ptr<Session>> open;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, weak] : sessions_) open.push_back(weak.lock());
  }
  for (const auto& session : open)
    if (session) session->end();
  open.clear();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void HttpServer::Impl::accept() {
  acceptor_.async_accept(asio::make_strand(io_), [this](ErrorCode code, tcp::socket socket) {
    if (is_stopping_) return;
    if (code) return pause();
    accepted(std::move(socket));
    accept();
  });
}

void HttpServer::Impl::accepted(tcp::socket socket) {
  std::shared_ptr<Session> session;
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= options_.connections_max) return;  // closes it
    session = std::make_shared<Session>(shared_from_this(), std::move(socket));
    sessions_.emplace(session.get(), session);
  }
  session->begin();
}

void HttpServer::Impl::pause() {
  timer_.expires_after(kAcceptPause);
  timer_.async_wait([this](ErrorCode code) {
    if (!code && !is_stopping_) accept();
  });
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options,
                                                      ServerHandler handler) {
  auto impl = std::make_shared<Impl>(options, std::move(handler));
  TRY(impl->listen());
  impl->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() { impl_->stop(); }

std::uint16_t HttpServer::port() const { return impl_->port(); }

}  // namespace tegula::net

#include "net/http_client.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "os/errno.h"

namespace tegula::net {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

// A blocking stream over a descriptor as Beast wants one. Why a wait ended is kept in `error`,
// since Beast only passes numbers through.
class SocketStream {
 public:
  SocketStream(int fd, const Stop& stop) : fd_(fd), stop_(stop) {}

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCode& code) {
    const asio::mutable_buffer into = *asio::buffer_sequence_begin(buffers);
    if (into.size() == 0) return 0;
    return run(os::Ready::Read, code, [&] {
      const ssize_t got = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
      if (got == 0) code = asio::error::eof;
      return got;
    });
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCode& code) {
    const asio::const_buffer from = first_filled(buffers);
    if (from.size() == 0) return 0;
    return run(os::Ready::Write, code,
               [&] { return ::send(fd_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
  }

  // Beast's concept of a stream asks for these too; nothing calls them.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    ErrorCode code;
    return read_some(buffers, code);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    ErrorCode code;
    return write_some(buffers, code);
  }

  std::optional<Error> error;

 private:
  template <class Buffers>
  static asio::const_buffer first_filled(const Buffers& buffers) {
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at) {
      if (asio::const_buffer(*at).size() != 0) return *at;
    }
    return {};
  }

  template <class Attempt>
  std::size_t run(os::Ready ready, ErrorCode& code, const Attempt& attempt) {
    code = {};
    while (true) {
      const ssize_t done = attempt();
      if (done >= 0) return static_cast<std::size_t>(done);
      if (errno != EAGAIN && errno != EINTR) {
        code = ErrorCode(errno, boost::system::system_category());
        return 0;
      }
      if (Result<void> waited = os::wait_until_ready(fd_, ready, stop_); !waited) {
        error = std::move(waited).error();
        code = asio::error::operation_aborted;
        return 0;
      }
    }
  }

  int fd_;
  const Stop& stop_;
};

std::unexpected<Error> fail_code(const SocketStream& stream, const ErrorCode& code) {
  if (stream.error) return std::unexpected(*stream.error);
  if (code == http::error::body_limit || code == http::error::header_limit)
    return fail(Code::Exhausted, "the reply is larger than allowed");
  if (code == http::error::end_of_stream || code == http::error::partial_message ||
      code == asio::error::eof)
    return fail(Code::Unavailable, "the connection ended before the reply did");
  if (code.category() == boost::system::system_category())
    return fail(Code::Unavailable, fmt::format("connection: {}", os::errno_text(code.value())));
  return fail(Code::Corrupt, fmt::format("the reply is not HTTP: {}", code.message()));
}

http::request<http::string_body> to_beast(const Request& request) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(request.method);
  out.target(request.target);
  out.set(http::field::host, "localhost");
  out.set(http::field::connection, "close");
  for (const Header& header : request.headers) out.set(header.name, header.value);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

template <class Message>
std::vector<Header> headers_of(const Message& message) {
  std::vector<Header> out;
  for (const auto& field : message)
    out.push_back({std::string(field.name_string()), std::string(field.value())});
  return out;
}

using Parser = http::response_parser<http::buffer_body>;

// Reads what there is of the body and hands it on, until the reply is complete.
Result<void> read_body(SocketStream& stream, boost::beast::flat_buffer& buffer, Parser& parser,
                       const BodySink& sink, const Stop& stop) {
  char piece[16 * 1024];
  while (!parser.is_done()) {
    TRY(stop.check());  // data that keeps coming must not hide it
    parser.get().body().data = piece;
    parser.get().body().size = sizeof piece;
    ErrorCode code;
    http::read_some(stream, buffer, parser, code);
    const std::size_t got = sizeof piece - parser.get().body().size;
    if (got > 0) TRY(sink({piece, got}));
    if (code == http::error::need_buffer) continue;
    if (code) return fail_code(stream, code);
  }
  return {};
}

Result<Reply> exchange_with_sink(const os::Descriptor& socket, const Request& request,
                                 const BodySink* sink, const Stop& stop,
                                 const ReplyLimits& limits) {
  TRY(stop.check());
  SocketStream stream(socket.get(), stop);
  ErrorCode code;
  http::request<http::string_body> message = to_beast(request);
  http::write(stream, message, code);
  if (code) return fail_code(stream, code);

  boost::beast::flat_buffer buffer(limits.header_bytes_max + 64 * 1024);
  Parser parser;
  parser.header_limit(limits.header_bytes_max);
  parser.body_limit(limits.body_bytes_max);
  http::read_header(stream, buffer, parser, code);
  if (code) return fail_code(stream, code);

  Reply reply{.status = static_cast<int>(parser.get().result_int()),
              .headers = headers_of(parser.get())};
  const BodySink collect = [&](std::string_view piece) -> Result<void> {
    reply.body.append(piece);
    return {};
  };
  const bool good = reply.status >= 200 && reply.status < 300;
  TRY(read_body(stream, buffer, parser, sink != nullptr && good ? *sink : collect, stop));
  return reply;
}

// Third-party code may throw (allocation, a field too long).
Result<Reply> guarded(const os::Descriptor& socket, const Request& request, const BodySink* sink,
                      const Stop& stop, const ReplyLimits& limits) {
  try {
    return exchange_with_sink(socket, request, sink, stop, limits);
  } catch (const std::exception& problem) {
    return fail(Code::Internal, fmt::format("HTTP client: {}", problem.what()));
  }
}

// A path that fits a socket address and names the same socket.
Result<std::string> short_path(const std::string& path, os::Descriptor& folder) {
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  const std::filesystem::path whole(path);
  folder = TRY(os::open_folder(whole.parent_path().string()));
  std::string through = fmt::format("/proc/self/fd/{}/{}", folder.get(), whole.filename().string());
  if (through.size() < sizeof(sockaddr_un::sun_path)) return through;
  return fail(Code::InvalidArgument, fmt::format("the socket's name is too long: \"{}\"", path));
}

}  // namespace

Result<os::Descriptor> connect_unix(const std::string& path, const Stop& stop) {
  TRY(stop.check());
  os::Descriptor folder;
  const std::string name = TRY(short_path(path, folder));
  os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open())
    return fail(Code::Unavailable, fmt::format("socket: {}", os::errno_text(errno)));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  // Blocks only while the server's queue is full.
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(Code::Unavailable,
                fmt::format("cannot connect to \"{}\": {}", path, os::errno_text(errno)));
  return socket;
}

Result<Reply> exchange(os::Descriptor socket, const Request& request, const Stop& stop,
                       const ReplyLimits& limits) {
  return guarded(socket, request, nullptr, stop, limits);
}

Result<Reply> stream(os::Descriptor socket, const Request& request, const BodySink& sink,
                     const Stop& stop, const ReplyLimits& limits) {
  return guarded(socket, request, &sink, stop, limits);
}

}  // namespace tegula::net

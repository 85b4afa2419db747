// For tests: speaks the engine's protocol without a model, and misbehaves in the way that the name
// of the model it is given asks for.
#include <cstdio>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "base/limits.h"
#include "infer/protocol.h"
#include "os/descriptor.h"

namespace tegula::infer {
namespace {

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kEvent =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
constexpr std::string_view kThinkingEvent =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
constexpr std::string_view kEscapesEvent =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\u001b[2Jhi\\u0007\"}}]}\n\n";
constexpr std::string_view kLastEvent =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n";

void say(std::string_view line) { (void)os::write_whole(kChildControl, std::string(line) + "\n"); }

void say(const Message& message) { say(encode(message).value()); }

os::Descriptor listen() {
  if (::fchdir(kChildFolder) != 0) ::_exit(9);
  os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  kSocketName.copy(address.sun_path, kSocketName.size());
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 8) != 0)
    ::_exit(9);
  return socket;
}

void read_request(int client) {
  std::string text;
  char buffer[4096];
  while (text.find("\"stream\":true") == std::string::npos) {
    const ssize_t got = ::read(client, buffer, sizeof buffer);
    if (got <= 0) return;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void send(int client, std::string_view bytes) { (void)os::write_whole(client, bytes); }

void send_chunk(int client, std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  send(client, size);
  send(client, bytes);
  send(client, "\r\n");
}

void wait_for_the_end(int client) {
  char byte = 0;
  while (::read(client, &byte, 1) > 0) continue;
}

void answer(int client, const std::string& how) {
  read_request(client);
  if (how == "not_http") return send(client, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  if (how == "html") return send(client, "HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\n<html>");
  send(client, kStreamHead);
  if (how == "garbage_event") return send_chunk(client, "data: {]\n\n");
  if (how == "endless_line") {
    const std::string piece(1U << 20U, 'x');
    for (std::uint64_t sent = 0; sent <= limits::kEngineReplyBytesMax; sent += piece.size())
      send_chunk(client, piece);
    return;
  }
  if (how == "thinks") send_chunk(client, kThinkingEvent);
  send_chunk(client, how == "escapes" ? kEscapesEvent : kEvent);
  if (how == "dies_in_answer") {
    std::fprintf(stderr, "first words\nGGML_ASSERT(x) failed\n");
    ::raise(SIGABRT);
  }
  if (how == "stalls") return wait_for_the_end(client);
  if (how != "ends_early") send_chunk(client, kLastEvent);
  send(client, "0\r\n\r\n");
}

void misbehave_at_start(const std::string& how) {
  if (how == "dies_at_start") {
    std::fprintf(stderr, "\x1b[31mno such thing\n");
    ::_exit(7);
  }
  if (how == "talks_garbage") say("hello");
  if (how == "endless_message") (void)os::write_whole(kChildControl, std::string(2U << 20U, 'x'));
  if (how == "fails") say(FailedMessage{{Code::Unsupported, "not today", "try tomorrow"}});
  if (how == "never_ready") ::pause();
  if (how != "no_perimeter")
    say(PerimeterMessage{{{os::Barrier::NoNewPrivileges, true, "set"},
                          {os::Barrier::Seccomp, how != "no_seccomp", "for a test"}}});
}

// Like the real one: ends when nobody reads its messages any more.
std::jthread watch_parent() {
  return std::jthread([] {
    pollfd pipe{.fd = kChildControl, .events = 0, .revents = 0};
    while (::poll(&pipe, 1, -1) <= 0) continue;
    ::_exit(0);
  });
}

int run() {
  ::signal(SIGPIPE, SIG_IGN);
  const std::jthread watcher = watch_parent();
  const Order order = parse_order(os::read_whole(kChildOrder, 1U << 20U).value()).value();
  const std::string how = order.settings.name;
  misbehave_at_start(how);
  const os::Descriptor socket = listen();
  std::fprintf(stderr, "fake engine, %s\n", how.c_str());
  say(ReadyMessage{.context = 4096});
  while (true) {
    const os::Descriptor client(::accept(socket.get(), nullptr, nullptr));
    if (!client.is_open()) return 0;
    answer(client.get(), how);
  }
}

}  // namespace
}  // namespace tegula::infer

int main() { return tegula::infer::run(); }

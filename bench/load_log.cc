// tegula-load-log: writes entries to a generic log over HTTP, as many at once as there are
// connections, and says how many were acknowledged and how long each took.
//
//   tegula-load-log PORT CONNECTIONS SECONDS BYTES SEED
//
// One thread and one epoll, so that it takes little of the machine that it shares with the log. No
// two entries are the same. One JSON object on stdout.
#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/random.h"
#include "os/descriptor.h"

namespace tegula::bench {
namespace {

struct Connection {
  os::Descriptor fd;
  MonotonicTime sent{};
  std::string got{};
};

struct Counts {
  std::vector<std::uint32_t> micros{};  // of each acknowledged entry
  std::uint64_t refused = 0;
};

class Load {
 public:
  Load(std::uint16_t port, std::size_t connections, std::size_t bytes, std::uint64_t seed)
      : random_(seed), bytes_(bytes), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < connections; ++i) connect(port);
  }

  Counts run(std::chrono::seconds time) {
    const MonotonicTime end = clock_.monotonic() + time;
    for (Connection& one : connections_) send(one);
    std::vector<epoll_event> events(connections_.size());
    while (clock_.monotonic() < end) {
      const int ready =
          ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i)
        receive(connections_[events[static_cast<std::size_t>(i)].data.u64]);
    }
    return std::move(counts_);
  }

 private:
  void connect(std::uint16_t port) {
    Connection one{.fd = os::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(one.fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const int on = 1;
    CHECK(::setsockopt(one.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = connections_.size();
    CHECK(::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, one.fd.get(), &event) == 0);
    connections_.push_back(std::move(one));
  }

  void send(Connection& one) {
    std::string request =
        fmt::format("POST /add HTTP/1.1\r\nHost: log\r\nContent-Length: {}\r\n\r\n", bytes_);
    const std::size_t head = request.size();
    request.resize(head + bytes_, 'x');
    for (std::size_t at = head; at + 8 <= request.size(); at += 64) {
      const std::uint64_t word = random_.next();
      std::memcpy(request.data() + at, &word, sizeof word);
    }
    one.sent = clock_.monotonic();
    one.got.clear();
    CHECK(::send(one.fd.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  }

  // Small replies, which come in one piece nearly always.
  void receive(Connection& one) {
    char buffer[4096];
    const ssize_t got = ::recv(one.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    CHECK(got > 0);
    one.got.append(buffer, static_cast<std::size_t>(got));
    const std::size_t head = one.got.find("\r\n\r\n");
    if (head == std::string::npos || !one.got.ends_with('\n') || one.got.size() == head + 4) return;
    if (one.got.starts_with("HTTP/1.1 200")) {
      const auto took = clock_.monotonic() - one.sent;
      counts_.micros.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    } else {
      ++counts_.refused;
    }
    send(one);
  }

  SystemClock clock_;
  SeededRandom random_;
  const std::size_t bytes_;
  os::Descriptor poll_;
  std::vector<Connection> connections_;
  Counts counts_;
};

double percentile_ms(const std::vector<std::uint32_t>& sorted, std::size_t percent) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)] / 1000.0;
}

}  // namespace
}  // namespace tegula::bench

int main(int argc, char** argv) {
  using namespace tegula;
  std::vector<std::uint64_t> numbers;
  for (int i = 1; i < argc; ++i) numbers.push_back(parse_decimal(argv[i]).value_or(0));
  CHECK(numbers.size() == 5 && numbers[0] <= 65'535 && numbers[1] > 0);
  bench::Load load(static_cast<std::uint16_t>(numbers[0]), numbers[1], numbers[3], numbers[4]);
  bench::Counts counts = load.run(std::chrono::seconds(numbers[2]));
  std::ranges::sort(counts.micros);
  std::cout << fmt::format(
      "{{\"acknowledged\":{},\"refused\":{},\"p50_ms\":{:.1f},\"p99_ms\":{:.1f}}}\n",
      counts.micros.size(), counts.refused, bench::percentile_ms(counts.micros, 50),
      bench::percentile_ms(counts.micros, 99));
  return 0;
}

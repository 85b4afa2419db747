#include "infer/perimeter.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "base/limits.h"
#include "infer/engine_child.h"
#include "infer/protocol.h"
#include "os/descriptor.h"
#include "os/errno.h"

namespace tegula::infer {

namespace {

constexpr std::uint64_t kProbeMemoryBytes = 256 * limits::kMiB;

std::unexpected<Error> failed(std::string_view what) {
  return fail(Code::Unavailable,
              fmt::format("perimeter probe: {}: {}", what, os::errno_text(errno)));
}

Result<os::Descriptor> listen_on(int family, const sockaddr* address, std::size_t bytes) {
  os::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed("socket");
  if (::bind(socket.get(), address, static_cast<socklen_t>(bytes)) != 0) return failed("bind");
  if (::listen(socket.get(), 1) != 0) return failed("listen");
  return socket;
}

Result<os::Descriptor> listen_unix(const std::string& name, bool abstract) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::size_t lead = abstract ? 1 : 0;
  if (name.size() + lead >= sizeof address.sun_path)
    return fail(Code::InvalidArgument, fmt::format("the socket's name is too long: \"{}\"", name),
                "choose a shorter TEGULA_HOME");
  name.copy(address.sun_path + lead, name.size());
  return listen_on(AF_UNIX, reinterpret_cast<sockaddr*>(&address),
                   offsetof(sockaddr_un, sun_path) + lead + name.size());
}

struct TcpListener {
  os::Descriptor socket;
  std::uint16_t port = 0;
};

Result<TcpListener> listen_tcp() {
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  TcpListener out;
  out.socket = TRY(listen_on(AF_INET, reinterpret_cast<sockaddr*>(&address), sizeof address));
  socklen_t bytes = sizeof address;
  if (::getsockname(out.socket.get(), reinterpret_cast<sockaddr*>(&address), &bytes) != 0)
    return failed("getsockname");
  out.port = ntohs(address.sin_port);
  return out;
}

// What the engine will try to reach: made so that nothing but a barrier is in the way.
class Targets {
 public:
  static Result<std::unique_ptr<Targets>> create(const EngineHost& host,
                                                 const std::filesystem::path& home) {
    std::unique_ptr<Targets> out(new Targets);
    const std::string name = random_name(*host.random).substr(0, 16);
    out->folder_ = host.run_folder / ("probe-" + name);
    out->canary_ = home / (".tegula-canary-" + name);
    TRY(out->make_files());
    out->order_ = {.canary = out->canary_.string(),
                   .unix_socket = (out->folder_ / "s").string(),
                   .abstract_socket = "tegula-probe-" + name,
                   .scratch = out->folder_.string(),
                   .memory_bytes = 4 * kProbeMemoryBytes};
    out->unix_ = TRY(listen_unix(out->order_.unix_socket, false));
    out->abstract_ = TRY(listen_unix(out->order_.abstract_socket, true));
    ::chmod(out->order_.unix_socket.c_str(), 0777);
    out->tcp_ = TRY(listen_tcp());
    out->order_.tcp_port = out->tcp_.port;
    return out;
  }

  ~Targets() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    std::filesystem::remove(canary_, ignored);
  }

  const ProbeOrder& order() const { return order_; }

 private:
  Targets() = default;

  Result<void> make_files() {
    if (::mkdir(folder_.c_str(), 0700) != 0 || ::chmod(folder_.c_str(), 0777) != 0)
      return os::fail_errno(errno, "make the folder", folder_);
    std::ofstream(folder_ / "victim") << "victim\n";
    if (!(std::ofstream(canary_) << "tegula perimeter: the engine must not read this\n"))
      return os::fail_errno(errno, "write", canary_);
    return {};
  }

  std::filesystem::path folder_;
  std::filesystem::path canary_;
  ProbeOrder order_;
  os::Descriptor unix_;
  os::Descriptor abstract_;
  TcpListener tcp_;
};

bool has_attempt(const PerimeterReport& report, std::string_view name) {
  return std::any_of(report.attempts.begin(), report.attempts.end(),
                     [&](const Attempt& attempt) { return attempt.name == name; });
}

void add_missing_barriers(PerimeterReport& report) {
  std::vector<os::BarrierState> all;
  for (const os::Barrier barrier : os::kAllBarriers) {
    const auto at =
        std::find_if(report.barriers.begin(), report.barriers.end(),
                     [&](const os::BarrierState& state) { return state.barrier == barrier; });
    all.push_back(at != report.barriers.end() ? *at : os::BarrierState{barrier, false, "left out"});
  }
  report.barriers = std::move(all);
}

Result<void> collect(EngineChild& child, PerimeterReport& report, const Stop& stop) {
  while (!has_attempt(report, "exec")) {
    const Result<Message> message = child.next_message(stop);
    if (!message) {
      // The last thing it tried was to become another program. That one says nothing and ends well.
      if (report.attempts.empty() || !child.ended_well()) return std::unexpected(message.error());
      report.attempts.push_back({.name = "exec", .what = "run /bin/true", .stopped = false});
    } else if (const auto* const perimeter = std::get_if<PerimeterMessage>(&*message)) {
      report.barriers = perimeter->barriers;
    } else if (const auto* const tried = std::get_if<AttemptsMessage>(&*message)) {
      report.attempts.insert(report.attempts.end(), tried->attempts.begin(), tried->attempts.end());
    } else if (const auto* const failure = std::get_if<FailedMessage>(&*message)) {
      return std::unexpected(failure->error);
    } else {
      return fail(Code::Corrupt, "the engine did not prove its perimeter");
    }
  }
  return {};
}

}  // namespace

bool PerimeterReport::holds() const {
  return !attempts.empty() && std::all_of(attempts.begin(), attempts.end(),
                                          [](const Attempt& attempt) { return attempt.stopped; });
}

std::vector<std::string> PerimeterReport::faults() const {
  std::vector<std::string> out;
  for (const os::BarrierState& state : barriers) {
    if (!state.enforced)
      out.push_back(fmt::format("barrier \"{}\" is not there: {}", os::barrier_name(state.barrier),
                                state.detail));
  }
  for (const Attempt& attempt : attempts) {
    if (!attempt.stopped)
      out.push_back(fmt::format("\"{}\" got through: {}", attempt.name, attempt.what));
  }
  return out;
}

Result<PerimeterReport> probe_perimeter(const EngineHost& host, const ProbeTargets& targets,
                                        const Stop& stop) {
  const std::unique_ptr<Targets> made = TRY(Targets::create(host, targets.home));
  Order order;
  order.barriers = host.barriers;
  order.probe = made->order();
  order.settings.memory_bytes_max = kProbeMemoryBytes;
  const std::unique_ptr<EngineChild> child = TRY(EngineChild::start(std::move(order), host));
  PerimeterReport report;
  TRY(collect(*child, report, stop));
  add_missing_barriers(report);
  return report;
}

}  // namespace tegula::infer

#include "cli/log_place.h"

#include <algorithm>
#include <utility>

#include "base/decimal.h"
#include "base/printable.h"
#include "base/wait.h"
#include "cli/input.h"
#include "logserver/log_layout.h"
#include "net/curl_environment.h"
#include "os/open_files.h"

namespace tegula::cli {
namespace {

constexpr std::uint16_t kPortMax = 65'535;
constexpr std::uint64_t kOwnFiles = 256;  // a round writes some 70 at once

bool is_address(const std::string& name) {
  return name.starts_with("http://") || name.starts_with("https://");
}

logserver::TileStore::Fetch fetch_from(net::Transport& transport, std::string base, Stop stop) {
  return [&transport, base, stop](const std::string& path,
                                  std::uint64_t bytes_max) -> Result<std::string> {
    net::Url url = TRY(net::Url::parse(base + "/" + path));
    net::HttpRequest request{.url = std::move(url)};
    request.reply_bytes_max = bytes_max;
    net::HttpReply reply = TRY(transport.exchange(request, net::keep_body, stop));
    if (reply.head.is_success()) return std::move(reply.body);
    return fail(reply.head.status == 404 ? Code::NotFound : Code::Unavailable,
                fmt::format("{}/{}: the server answered {}", base, path, reply.head.status));
  };
}

Result<net::ServerOptions> listen_at(const Arguments& arguments, net::ServerOptions options) {
  const std::string text =
      arguments.value(kListenFlag.name).value_or(std::string(kListenFlag.fallback));
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == text.npos ? std::nullopt : parse_decimal(text.substr(colon + 1), kPortMax);
  if (!port)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is no address with a port", printable(text)),
                "such as 127.0.0.1:3000 or [::1]:3000");
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  options.address = std::move(address);
  options.port = static_cast<std::uint16_t>(*port);
  return options;
}

}  // namespace

Result<LogPlace> find_log(const std::string& name, Session& session) {
  if (!is_address(name)) {
    const logserver::LogLayout layout{os::Path(name)};
    return LogPlace{.name = name,
                    .is_folder = true,
                    .transport = nullptr,
                    .store = logserver::TileStore(session.files(), layout.published())};
  }
  std::string base = name;
  while (base.ends_with('/')) base.pop_back();
  TRY(net::Url::parse(base));
  auto transport = TRY(net::create_curl_transport(net::curl_options(session.environment())));
  logserver::TileStore store(fetch_from(*transport, base, session.stop()));
  return LogPlace{.name = std::move(base),
                  .is_folder = false,
                  .transport = std::move(transport),
                  .store = std::move(store)};
}

Result<tlog::NoteKey> key_of_log(const LogPlace& place, const Arguments& arguments,
                                 Session& session) {
  if (const auto vkey = arguments.value(kLogKeyFlag.name)) return tlog::NoteKey::parse(*vkey);
  if (!place.is_folder)
    return fail(Code::InvalidArgument, "the log's key is missing",
                "--key VKEY: what a log says of itself is no reason to trust it");
  return TRY(logserver::read_log_identity(session.files(), place.name)).key;
}

Result<OpenLog> open_log(const os::Path& root, Session& session) {
  const auto who = TRY(logserver::read_log_identity(session.files(), root));
  OpenLog out;
  out.transport = TRY(net::create_curl_transport(net::curl_options(session.environment())));
  const logserver::TileStore store(session.files(), logserver::LogLayout(root).published());
  out.witnesses = std::make_unique<logserver::HttpWitnesses>(
      who.policy, who.key, *out.transport, session.clock(),
      [store](std::uint64_t old_size, std::uint64_t size) {
        tlog::TileReader nodes = store.nodes(size);
        return tlog::prove_consistency(nodes, old_size, size);
      });
  out.log = TRY(logserver::Log::open({session.files(), session.clock(), session.random()}, root,
                                     *out.witnesses));
  return out;
}

Result<std::string> read_entry_file(const std::string& name, std::uint64_t bytes_max,
                                    Session& session) {
  if (name == "-") return read_stdin(bytes_max);
  return os::read_file(session.files(), name, bytes_max);
}

Result<void> serve_until_stopped(const Arguments& arguments, const net::ServerOptions& limits,
                                 net::ServerHandler handler, Session& session,
                                 const std::function<void()>& each_hour) {
  net::ServerOptions options = TRY(listen_at(arguments, limits));
  // Connections must never take the descriptors that the files of a round need.
  const std::uint64_t open_max = os::raise_open_files();
  const std::uint64_t left = open_max > kOwnFiles ? open_max - kOwnFiles : 1;
  options.connections_max = std::min<std::uint64_t>(options.connections_max, left);
  const auto server = TRY(net::HttpServer::start(options, std::move(handler)));
  const bool is_v6 = options.address.find(':') != std::string::npos;
  session.console().print(fmt::format("listening on http://{}{}{}:{}\n", is_v6 ? "[" : "",
                                      options.address, is_v6 ? "]" : "", server->port()));
  TRY(session.console().flush());
  do {
    if (each_hour) each_hour();
  } while (wait_for(std::chrono::hours(1), session.stop()));
  return {};
}

}  // namespace tegula::cli

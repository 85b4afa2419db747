// What the `log` and `witness` commands share: logs in a folder or at an address, keys, a server
// that runs until Ctrl-C.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/session.h"
#include "logserver/http_witnesses.h"
#include "logserver/log.h"
#include "net/http_server.h"

namespace tegula::cli {

inline constexpr Flag kListenFlag{.name = "listen",
                                  .value = "ADDRESS:PORT",
                                  .help = "where to listen; port 0 takes any that is free",
                                  .fallback = "127.0.0.1:3000"};
inline constexpr Flag kLogKeyFlag{
    .name = "key", .value = "VKEY", .help = "the log's key, as `log init` has said it"};

// A log to read from: a folder that `log init` made, or the address it is served at.
struct LogPlace {
  std::string name;
  bool is_folder = false;
  std::unique_ptr<net::Transport> transport;  // of an address
  logserver::TileStore store;
};

Result<LogPlace> find_log(const std::string& name, Session& session);

// --key, or what the folder says.
Result<tlog::NoteKey> key_of_log(const LogPlace& place, const Arguments& arguments,
                                 Session& session);

// A log that is open for writing, and the witnesses that it asks.
struct OpenLog {
  std::unique_ptr<net::Transport> transport;
  std::unique_ptr<logserver::HttpWitnesses> witnesses;
  std::unique_ptr<logserver::Log> log;
};

Result<OpenLog> open_log(const os::Path& root, Session& session);

// A file's bytes, or what comes in by stdin for "-".
Result<std::string> read_entry_file(const std::string& name, std::uint64_t bytes_max,
                                    Session& session);

// Says where it listens, and serves until Ctrl-C. `each_hour` is called first at once.
Result<void> serve_until_stopped(const Arguments& arguments, const net::ServerOptions& limits,
                                 net::ServerHandler handler, Session& session,
                                 const std::function<void()>& each_hour = {});

}  // namespace tegula::cli

// What it takes to talk to registries, hubs and web servers as this user: a transport that knows
// the environment's proxies and certificates, credentials, and the hub's address and token
// (docs/reference/pull.md).
//
// Errors: InvalidArgument and Untrusted for an environment that makes no sense, Unavailable without
// libcurl. Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "config/config.h"
#include "net/transport.h"
#include "os/environment.h"
#include "os/file_system.h"
#include "source/credentials.h"
#include "source/oci_repository.h"
#include "source/remote.h"

namespace tegula::net {
class RateLimit;
}

namespace tegula::source {

struct AccessOptions {
  bool plain_http = false;             // to registries that are not on this machine
  std::uint64_t bytes_per_second = 0;  // of all transfers; 0: no limit
};

// All of it must outlive the Access.
struct User {
  os::FileSystem& files;
  const Clock& clock;
  const os::Environment& environment;
  os::Path home;
  config::Mirrors mirrors = {};
};

class Access {
 public:
  static Result<std::unique_ptr<Access>> open(const User& user, const AccessOptions& options,
                                              const Stop& stop);
  ~Access();

  // The context is good as long as the Access.
  RemoteContext context(content::Store& store, Progress& progress,
                        std::function<void(const std::string&)> note = {});
  Result<std::unique_ptr<OciRepository>> repository(const content::Reference& reference);

 private:
  Access(net::Url hub, const AccessOptions& options, const Stop& stop);

  HubOptions hub_;
  bool plain_http_;
  Stop stop_;
  std::unique_ptr<net::RateLimit> rate_;
  std::unique_ptr<net::Transport> transport_;
  CredentialFile credentials_;
  config::Mirrors mirrors_;
};

}  // namespace tegula::source

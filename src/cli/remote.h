// What commands that talk to registries, hubs and web servers work with.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "build/context.h"
#include "cli/arguments.h"
#include "cli/session.h"
#include "net/curl_transport.h"
#include "source/oci_repository.h"
#include "source/remote.h"

namespace tegula::cli {

inline constexpr Flag kPlainHttpFlag{
    .name = "plain-http", .help = "no encryption, to registries that are not on this machine"};
inline constexpr Flag kLimitRateFlag{
    .name = "limit-rate", .value = "SIZE", .help = "bytes a second of all transfers, such as 2MiB"};

class Remote {
 public:
  // With the flags above, and proxies, certificates, credentials and tokens from the environment.
  static Result<std::unique_ptr<Remote>> open(const Arguments* arguments, Session& session);

  source::RemoteContext context(content::Store& store);
  Result<std::unique_ptr<source::OciRepository>> repository(const content::Reference& reference);

 private:
  Remote(Session& session, net::Url hub) : session_(session), hub_{std::move(hub), {}} {}

  Session& session_;
  source::HubOptions hub_;
  bool plain_http_ = false;
  std::unique_ptr<net::RateLimit> rate_;
  std::unique_ptr<net::Transport> transport_;
  source::CredentialFile credentials_;
};

// Brings the model in and says what of it is left out.
Result<build::FoundModel> fetch_remote(const std::string& name, Remote& remote, Session& session);

// For a build; nothing if the name is none of theirs. What is in the store under the model's local
// name is not fetched again.
Result<std::optional<build::FoundModel>> find_remote(const std::string& name, Session& session);

}  // namespace tegula::cli

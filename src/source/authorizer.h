// Signs the user in at a registry, as often as it asks: Basic, or a Bearer token that the server
// named in the challenge hands out (docs/reference/registry-client.md#signing-in). Inside of this
// folder only.
//
// Credentials go to the registry itself, and to the token server it names, which must be encrypted
// if the registry is; nowhere else, through no redirect. Tokens are kept in memory, by scope.
//
// Errors: those of the transport; Corrupt and Untrusted for challenges that must not be followed.
// Thread rule: thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "net/transport.h"
#include "source/auth_challenge.h"
#include "source/credentials.h"

namespace tegula::source {

class Authorizer {
 public:
  // `registry` is its origin: "https://registry.example.org".
  Authorizer(net::Transport& transport, net::Url registry, std::optional<Credential> credential)
      : transport_(transport), registry_(std::move(registry)), credential_(std::move(credential)) {}

  // Sends the request with what `scope` ("repository:team/model:pull") needs. The handler doesn't
  // see a challenge that was answered.
  Result<net::HttpReply> send(net::HttpRequest request, const std::string& scope,
                              const net::ReplyHandler& handler, const Stop& stop);

 private:
  Result<std::optional<std::string>> answer(const std::vector<AuthChallenge>& challenges,
                                            const std::string& scope, const Stop& stop);
  Result<std::string> fetch_token(const AuthChallenge& challenge, const std::string& scope,
                                  const Stop& stop);
  std::optional<std::string> known(const std::string& scope);

  net::Transport& transport_;
  const net::Url registry_;
  const std::optional<Credential> credential_;
  std::mutex mutex_;
  std::map<std::string, std::string> authorizations_;  // by scope; guarded by mutex_
};

}  // namespace tegula::source

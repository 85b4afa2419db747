// Who the user is at a registry, as docker and podman keep it: `auths` of docker's config.json and
// podman's auth.json (docs/reference/registry-client.md#credentials). Read only; nothing is written
// there.
//
// Errors: Corrupt for a file that is none. Nothing of a credential is ever in a message.
// Thread rule: values and free functions.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "os/environment.h"
#include "os/file_system.h"

namespace tegula::source {

struct Credential {
  std::string user = {};
  std::string password = {};
  std::string identity_token = {};  // OAuth2 refresh token instead of a password; empty: none

  bool operator==(const Credential&) const = default;
};

// By the keys of the file: hosts, hosts with a path, or docker's own "https://index.docker.io/v1/".
struct CredentialFile {
  std::map<std::string, Credential, std::less<>> by_host = {};
  std::map<std::string, std::string, std::less<>> helpers = {};  // host → helper program
  std::string default_helper = {};

  // Asks a helper for a host's credential; empty: helpers aren't asked.
  using AskHelper = std::function<Result<std::optional<Credential>>(const std::string& helper,
                                                                    const std::string& host)>;
  AskHelper ask_helper = {};

  // The one for a registry and a repository in it: the longest key that fits.
  std::optional<Credential> find(std::string_view host, std::string_view path) const;

  // That, or else what the host's helper says.
  Result<std::optional<Credential>> credential_for(std::string_view host,
                                                   std::string_view path) const;

  // The program that keeps the host's credentials instead; empty: none.
  std::string helper_of(std::string_view host) const;
};

Result<CredentialFile> parse_credentials(std::string_view json);

// $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json, ~/.docker/config.json, podman's auth.json in
// $XDG_RUNTIME_DIR/containers: the first that is there. None is an empty one.
Result<CredentialFile> load_credentials(const os::FileSystem& fs, const os::Path& home,
                                        const os::Environment& environment);

}  // namespace tegula::source

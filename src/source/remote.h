// Models elsewhere, by the names that people give them (docs/reference/pull.md):
//
//   hf.co/<org>/<repo>[:<file or quantisation>][@<revision>]
//   ollama.com/<namespace>/<model>[:<tag>]
//   https://<host>/<path>@sha256:<hex>
//   <host>[:port]/<path>[:<tag>][@sha256:<hex>]        any OCI registry
//
// pull() brings a model's bytes into the store. A Modelpack is then there as it was made; of
// anything else its files are, for a build to make a Modelpack of.
//
// Errors: those of the sources. Nothing gets a name here. Thread rule: blocks the caller.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.h"
#include "content/store.h"
#include "net/transport.h"
#include "source/credentials.h"
#include "source/download.h"
#include "source/hub.h"
#include "source/remote_model.h"

namespace tegula::source {

struct RemoteContext {
  content::Store& store;
  net::Transport& transport;
  const CredentialFile& credentials;
  HubOptions hub;
  bool plain_http = false;  // to registries that are not on this machine
  DownloadOptions download = {};
  Progress& progress;
  Stop stop;
  config::Mirrors mirrors = {};                       // tried first, by host
  // Told what people should know: which mirror failed, and how; what was taken of an index.
  std::function<void(const std::string&)> note = {};
};

// By its form; nothing is asked for.
bool is_remote_name(std::string_view name);

// The name that the model gets in the store: "hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M" becomes
// "hf.co/qwen/qwen3-8b-gguf:Q4_K_M".
Result<content::Reference> local_name(std::string_view name);

// The digest of a Modelpack, or a model whose files are in the store.
using Pulled = std::variant<content::Digest, RemoteModel>;

// What it brings is protected by the lease.
Result<Pulled> pull(const std::string& name, content::Lease& lease, const RemoteContext& context);

}  // namespace tegula::source

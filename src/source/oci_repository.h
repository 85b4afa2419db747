// One repository at one registry, over OCI distribution 1.1 (docs/reference/registry-client.md):
// manifests, blobs, uploads, tags, referrers. Everything that comes is checked: a manifest against
// the digest it was asked for or announced with, a small blob against its own; large ones are left
// to whoever downloads them.
//
// Plain HTTP is spoken to this machine, and to others only if that is asked for.
//
// Errors: NotFound, PermissionDenied with a hint, Unavailable (try again), Corrupt, Untrusted,
// Unsupported for what the registry refuses. Thread rule: thread-safe once load_trees() is done.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/wait.h"
#include "content/blob_source.h"
#include "content/image_index.h"
#include "content/image_manifest.h"
#include "net/transport.h"
#include "os/file_system.h"
#include "source/authorizer.h"

namespace tegula::source {

struct RepositoryOptions {
  bool plain_http = false;  // also to other machines than this one

  // The base address of a mirror to ask in place of the reference's host, with the mirror's own
  // credentials; empty: none. A path goes in front of the repository's, and the mirror is told by
  // `ns` whose name it is.
  std::string mirror = {};

  // How to let time pass before trying an upload again; tests have none to waste.
  std::function<Result<void>(std::chrono::nanoseconds, const Stop&)> wait = wait_for;
};

struct RemoteManifest {
  content::Digest digest;
  std::string media_type;
  std::string bytes;
};

class OciRepository final : public content::BlobSource {
 public:
  // `reference` has a host. `transport` must outlive it.
  static Result<std::unique_ptr<OciRepository>> open(net::Transport& transport,
                                                     const CredentialFile& credentials,
                                                     const content::Reference& reference,
                                                     const RepositoryOptions& options);

  // --- reading ---
  Result<RemoteManifest> manifest(const std::string& tag_or_digest, const Stop& stop);
  Result<std::string> small_blob(const content::Descriptor& blob, std::uint64_t bytes_max,
                                 const Stop& stop);
  Result<std::vector<std::string>> tags(const Stop& stop);

  // Manifests whose subject is this one, of an artifact type or, if that is empty, of any; by the
  // referrers API, or by the tag that stands in for it.
  Result<std::vector<content::Descriptor>> referrers(const content::Digest& subject,
                                                     const std::string& artifact_type,
                                                     const Stop& stop);

  // Looks up the blob trees that came with a manifest; tree() then has them. A registry that keeps
  // none is as good as any.
  Result<void> load_trees(const content::Digest& manifest, const Stop& stop);

  Result<std::unique_ptr<content::BlobReader>> open(const content::Descriptor& blob,
                                                    const Stop& stop) override;
  Result<std::optional<content::BlobTree>> tree(const content::Descriptor& blob,
                                                const Stop& stop) override;

  // --- writing ---
  Result<bool> has_blob(const content::Descriptor& blob, const Stop& stop);

  // In chunks if it is large; a chunk that fails is tried again from where the registry is.
  Result<void> push_blob(const content::Descriptor& blob, const net::Upload& bytes,
                         Progress& progress, const Stop& stop);

  // True if the registry took a blob over from another repository of its own.
  Result<bool> mount(const content::Descriptor& blob, const std::string& from, const Stop& stop);

  // A manifest with a subject becomes one of its referrers, whether the registry knows these or
  // not.
  Result<void> push_manifest(const std::string& tag_or_digest, const std::string& media_type,
                             const std::string& bytes, const Stop& stop);

 private:
  struct Location {
    net::Url base;     // "https://registry.example.org/"
    std::string path;  // "team/model"
    std::string key;   // of its credential
    std::string ns;    // of a mirror: the host it stands in for
  };
  static Result<Location> locate(const content::Reference& reference,
                                 const RepositoryOptions& options);

  OciRepository(net::Transport& transport, Location location, std::optional<Credential> credential,
                std::string helper, RepositoryOptions options);

  enum class Access { Read, Write };
  Result<net::HttpReply> send(net::HttpRequest request, Access access,
                              const net::ReplyHandler& handler, const Stop& stop);
  Result<net::HttpReply> send(net::HttpRequest request, Access access, const Stop& stop);
  std::unexpected<Error> refused(const net::HttpReply& reply, std::string_view what) const;
  Error with_hint(Error error) const;  // for those that signing in would cure
  net::Url url(std::string_view below) const;

  Result<net::Url> begin_upload(const Stop& stop);
  Result<net::Url> next_location(const net::HttpReply& reply) const;
  Result<net::Url> push_chunks(net::Url location, const content::Descriptor& blob,
                               const net::Upload& bytes, Progress& progress, const Stop& stop);
  Result<std::uint64_t> upload_state(net::Url& location, const Stop& stop);
  Result<void> add_to_fallback_tag(const content::Digest& subject,
                                   const content::Descriptor& referrer, const Stop& stop);

  const net::Url base_;
  const std::string path_;
  const std::string ns_;
  const std::string helper_;
  const RepositoryOptions options_;
  Authorizer authorizer_;
  std::map<content::Digest, content::Descriptor> trees_;  // by the blob's digest
};

}  // namespace tegula::source

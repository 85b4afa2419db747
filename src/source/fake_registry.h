// For tests: an OCI registry in memory, played to a FakeTransport. It keeps what is pushed, knows
// chunks, mounts and, if told so, referrers.
//
// Thread rule: thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "content/digest.h"
#include "net/fake_transport.h"

namespace tegula::source {

class FakeRegistry {
 public:
  net::FakeTransport transport{[this](const net::HttpRequest& request) { return answer(request); }};

  bool knows_referrers = false;
  bool knows_ranges = true;

  // Looks at each request first; a status of 0 lets it pass.
  std::function<net::FakeReply(const net::HttpRequest&)> on_request = {};

  void put_blob(std::string bytes);
  void put_manifest(const std::string& repository, const std::string& tag, std::string bytes);

  std::map<std::string, std::string> blobs;      // by "sha256:…", whatever the repository
  std::map<std::string, std::string> manifests;  // by "repository:tag" and "repository:sha256:…"
  std::map<std::string, std::string> uploads;    // by number

 private:
  net::FakeReply answer(const net::HttpRequest& request);
  net::FakeReply blob(const net::HttpRequest& request, const std::string& digest) const;
  net::FakeReply upload(const net::HttpRequest& request, const std::string& id);
  net::FakeReply manifest(const net::HttpRequest& request, const std::string& repository,
                          const std::string& name);
  net::FakeReply referrers(const std::string& repository, const std::string& subject) const;

  mutable std::mutex mutex_;
};

}  // namespace tegula::source

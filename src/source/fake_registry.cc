#include "source/fake_registry.h"

#include <cstdio>

#include <fmt/format.h>

#include "content/image_index.h"
#include "content/image_manifest.h"
#include "content/media_type.h"

namespace tegula::source {
namespace {

using content::Digest;

std::string digest_of(const std::string& bytes) { return Digest::of(bytes_of(bytes)).str(); }

net::FakeReply not_found() {
  return {.status = 404, .headers = {}, .body = R"({"errors":[{"code":"NAME_UNKNOWN"}]})"};
}

std::string query_value(const net::Url& url, const std::string& name) {
  std::string query = url.query();
  for (std::size_t at; (at = query.find("%3A")) != query.npos;) query.replace(at, 3, ":");
  for (std::size_t at; (at = query.find("%2F")) != query.npos;) query.replace(at, 3, "/");
  const std::size_t at = ("&" + query).find("&" + name + "=");
  if (at == std::string::npos) return {};
  const std::string rest = query.substr(at + name.size() + 1);
  return rest.substr(0, rest.find('&'));
}

// Of an upload: as CNCF's registry says it, which has no word for no byte.
std::string range_of(const std::string& bytes) {
  return fmt::format("0-{}", bytes.empty() ? 0 : bytes.size() - 1);
}

}  // namespace

void FakeRegistry::put_blob(std::string bytes) {
  std::string digest = digest_of(bytes);
  blobs[std::move(digest)] = std::move(bytes);
}

void FakeRegistry::put_manifest(const std::string& repository, const std::string& tag,
                                std::string bytes) {
  manifests[repository + ":" + digest_of(bytes)] = bytes;
  manifests[repository + ":" + tag] = std::move(bytes);
}

net::FakeReply FakeRegistry::answer(const net::HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  if (on_request)
    if (net::FakeReply reply = on_request(request); reply.status != 0) return reply;
  const std::string path = request.url.path();
  const std::string prefix = "/v2/";
  if (!path.starts_with(prefix)) return not_found();
  for (const std::string kind : {"/blobs/uploads/", "/blobs/", "/manifests/", "/referrers/"}) {
    const std::size_t at = path.find(kind);
    if (at == path.npos) continue;
    const std::string repository = path.substr(prefix.size(), at - prefix.size());
    const std::string name = path.substr(at + kind.size());
    if (kind == "/blobs/uploads/") return upload(request, name);
    if (kind == "/blobs/") return blob(request, name);
    if (kind == "/manifests/") return manifest(request, repository, name);
    return knows_referrers ? referrers(repository, name) : not_found();
  }
  return not_found();
}

net::FakeReply FakeRegistry::blob(const net::HttpRequest& request,
                                  const std::string& digest) const {
  const auto found = blobs.find(digest);
  if (found == blobs.end()) return not_found();
  const std::string& bytes = found->second;
  const auto range = net::find_header(request.headers, "range");
  if (!range || !knows_ranges)
    return {.status = 200,
            .headers = {{"Content-Length", std::to_string(bytes.size())}},
            .body = bytes};
  std::size_t first = 0, last = 0;
  std::sscanf(std::string(*range).c_str(), "bytes=%zu-%zu", &first, &last);
  return {.status = 206,
          .headers = {{"Content-Range", fmt::format("bytes {}-{}/{}", first, last, bytes.size())}},
          .body = bytes.substr(first, last - first + 1)};
}

net::FakeReply FakeRegistry::upload(const net::HttpRequest& request, const std::string& id) {
  if (request.method == "POST") {
    if (blobs.contains(query_value(request.url, "mount"))) return {.status = 201};
    const std::string number = std::to_string(uploads.size());
    uploads[number];
    return {.status = 202, .headers = {{"Location", request.url.path() + number + "?state=x"}}};
  }
  const auto found = uploads.find(id);
  if (found == uploads.end()) return not_found();
  const net::Header location{"Location", request.url.path() + "?state=y"};
  if (request.method == "GET")
    return {.status = 204, .headers = {location, {"Range", range_of(found->second)}}};
  if (request.method == "DELETE") {
    uploads.erase(found);
    return {.status = 204};
  }
  const auto range = net::find_header(request.headers, "content-range");
  if (range && !range->starts_with(std::to_string(found->second.size()) + "-"))
    return {.status = 416};
  found->second += request.body;
  if (request.method == "PATCH") return {.status = 202, .headers = {location}};
  if (digest_of(found->second) != query_value(request.url, "digest")) return {.status = 400};
  put_blob(found->second);
  uploads.erase(found);
  return {.status = 201};
}

net::FakeReply FakeRegistry::manifest(const net::HttpRequest& request,
                                      const std::string& repository, const std::string& name) {
  if (request.method == "PUT") {
    put_manifest(repository, name, request.body);
    net::FakeReply reply{.status = 201,
                         .headers = {{"Docker-Content-Digest", digest_of(request.body)}}};
    if (knows_referrers) reply.headers.push_back({"OCI-Subject", "sha256:…"});
    return reply;
  }
  const auto found = manifests.find(repository + ":" + name);
  if (found == manifests.end()) return not_found();
  return {.status = 200,
          .headers = {{"Docker-Content-Digest", digest_of(found->second)},
                      {"Content-Type", std::string(content::media_type::kImageManifest)}},
          .body = found->second};
}

net::FakeReply FakeRegistry::referrers(const std::string& repository,
                                       const std::string& subject) const {
  content::ImageIndex index;
  for (const auto& [name, bytes] : manifests) {
    if (!name.starts_with(repository + ":sha256:")) continue;
    const auto manifest = content::ImageManifest::parse(bytes);
    if (!manifest || !manifest->subject || manifest->subject->digest.str() != subject) continue;
    content::Descriptor referrer{.media_type = manifest->media_type,
                                 .digest = Digest::of(bytes_of(bytes)),
                                 .size = bytes.size()};
    referrer.artifact_type = manifest->kind();
    index.manifests.push_back(std::move(referrer));
  }
  return {.status = 200, .headers = {}, .body = content::encode(index).value()};
}

}  // namespace tegula::source

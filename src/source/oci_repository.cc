#include "source/oci_repository.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/media_type.h"
#include "source/http_blob.h"
#include "source/http_status.h"
#include "source/mirror.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::Digest;
namespace media_type = content::media_type;

constexpr std::uint64_t kChunkBytes = 32 * limits::kMiB;
constexpr std::chrono::seconds kFinishMax{600};  // a registry may hash the whole blob

// Docker Hub's own names for itself.
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubRegistry = "registry-1.docker.io";
constexpr std::string_view kDockerHubKey = "index.docker.io";

std::string accept_header() {
  return fmt::format("{}, {}, {}, {}", media_type::kImageManifest, media_type::kImageIndex,
                     media_type::kDockerManifest, media_type::kDockerIndex);
}

// The tag that stands in for referrers (OCI distribution 1.1, "Unavailable Referrers API").
std::string fallback_tag(const Digest& subject) { return "sha256-" + subject.hex(); }

// "0-1023" → 1024. "0-0" is what CNCF's registry says of no byte; chunks are never of one.
std::optional<std::uint64_t> end_of_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  text.remove_prefix(dash + 1);
  std::uint64_t last = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), last);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return last == 0 ? 0 : last + 1;
}

// The address in `Link: </v2/…>; rel="next"`.
std::optional<std::string_view> next_link(const net::ReplyHead& head) {
  const auto link = net::find_header(head.headers, "link");
  if (!link || !link->starts_with('<') || link->find("next") == link->npos) return std::nullopt;
  return link->substr(1, link->find('>') - 1);
}

Result<std::vector<std::string>> tags_in(const std::string& body) {
  const codec::Json json = TRY(codec::parse_json(body));
  std::vector<std::string> out;
  if (json.is_object() && json.contains("tags") && json["tags"].is_null()) return out;
  for (const codec::Json& tag : *TRY(codec::array_member(json, "tags"))) {
    if (!tag.is_string() || !content::is_tag(tag.get_ref<const std::string&>()))
      return fail(Code::Corrupt, "a tag that is none");
    out.push_back(tag.get<std::string>());
  }
  return out;
}

Result<void> check_digest(const Digest& want, const Digest& got, std::string_view what) {
  if (want == got) return {};
  return fail(Code::Corrupt, fmt::format("{}: digest does not match: want {}, got {}", what,
                                         want.str(), got.str()));
}

}  // namespace

Result<OciRepository::Location> OciRepository::locate(const content::Reference& reference,
                                                      const RepositoryOptions& options) {
  std::string host = reference.host(), key = reference.host(), path = reference.path();
  if (host.empty())
    return fail(Code::InvalidArgument, fmt::format("\"{}\" names no registry", reference.str()),
                fmt::format("such as registry.example.org/{}", reference.path()));
  if (host == kDockerHub) {
    host = kDockerHubRegistry;
    key = kDockerHubKey;
    if (path.find('/') == path.npos) path = "library/" + path;
  }
  if (!options.mirror.empty()) {
    net::Url base = TRY(parse_mirror(options.mirror, options.plain_http));
    const std::string front(trimmed_path(base));
    if (!front.empty()) path = front + "/" + path;
    std::string authority = base.authority();
    return Location{std::move(base), std::move(path), std::move(authority), reference.host()};
  }
  net::Url base = TRY(net::Url::parse("https://" + host));
  if (base.is_loopback() || options.plain_http) base = TRY(net::Url::parse("http://" + host));
  return Location{std::move(base), std::move(path), std::move(key), {}};
}

Result<std::unique_ptr<OciRepository>> OciRepository::open(net::Transport& transport,
                                                           const CredentialFile& credentials,
                                                           const content::Reference& reference,
                                                           const RepositoryOptions& options) {
  Location at = TRY(locate(reference, options));
  auto credential = TRY(credentials.credential_for(at.key, at.path));
  std::string helper = credentials.helper_of(at.key);
  return std::unique_ptr<OciRepository>(new OciRepository(
      transport, std::move(at), std::move(credential), std::move(helper), options));
}

OciRepository::OciRepository(net::Transport& transport, Location location,
                             std::optional<Credential> credential, std::string helper,
                             RepositoryOptions options)
    : base_(location.base),
      path_(std::move(location.path)),
      ns_(std::move(location.ns)),
      helper_(credential ? std::string() : std::move(helper)),
      options_(std::move(options)),
      authorizer_(transport, std::move(location.base), std::move(credential)) {}

// `below` is made of digests, tags and our own words, which need no escapes.
net::Url OciRepository::url(std::string_view below) const {
  net::Url out = base_.resolve(fmt::format("/v2/{}/{}", path_, below)).value();
  return ns_.empty() ? out : out.with_query("ns", ns_);
}

Result<net::HttpReply> OciRepository::send(net::HttpRequest request, Access access,
                                           const net::ReplyHandler& handler, const Stop& stop) {
  const std::string scope =
      fmt::format("repository:{}:pull{}", path_, access == Access::Write ? ",push" : "");
  auto reply = authorizer_.send(std::move(request), scope, handler, stop);
  if (!reply) return std::unexpected(with_hint(std::move(reply).error()));
  return reply;
}

Result<net::HttpReply> OciRepository::send(net::HttpRequest request, Access access,
                                           const Stop& stop) {
  return send(std::move(request), access, net::keep_body, stop);
}

std::unexpected<Error> OciRepository::refused(const net::HttpReply& reply,
                                              std::string_view what) const {
  return std::unexpected(with_hint(error_of_reply(reply, what)));
}

Error OciRepository::with_hint(Error error) const {
  if (error.code != Code::PermissionDenied || !error.hint.empty()) return error;
  error.hint = "sign in with `docker login` or `podman login`; their file is read";
  if (!helper_.empty())
    error.hint = fmt::format(
        "docker keeps its passwords in \"docker-credential-{}\", which isn't there or has none for "
        "this; sign in, or name a file with the password in REGISTRY_AUTH_FILE",
        printable(helper_));
  return error;
}

Result<RemoteManifest> OciRepository::manifest(const std::string& tag_or_digest, const Stop& stop) {
  const net::HttpRequest request{.url = url("manifests/" + tag_or_digest),
                                 .headers = {{"Accept", accept_header()}},
                                 .reply_bytes_max = limits::kManifestBytesMax};
  net::HttpReply reply = TRY(send(request, Access::Read, stop));
  const std::string what = fmt::format("{}:{}", path_, tag_or_digest);
  if (reply.head.status != 200) return refused(reply, what);
  const Digest got = Digest::of(bytes_of(reply.body));
  if (const auto asked = Digest::parse(tag_or_digest)) TRY(check_digest(*asked, got, what));
  const auto announced = net::find_header(reply.head.headers, "docker-content-digest");
  if (announced)
    if (const auto digest = Digest::parse(*announced)) TRY(check_digest(*digest, got, what));
  const std::string_view type = net::find_header(reply.head.headers, "content-type").value_or("");
  return RemoteManifest{got, std::string(type.substr(0, type.find(';'))), std::move(reply.body)};
}

Result<std::string> OciRepository::small_blob(const Descriptor& blob, std::uint64_t bytes_max,
                                              const Stop& stop) {
  const std::string what = fmt::format("blob {}", content::short_form(blob.digest));
  if (blob.size > bytes_max)
    return fail(Code::Exhausted,
                fmt::format("{}: {} bytes; at most {} are allowed", what, blob.size, bytes_max));
  const net::HttpRequest request{.url = url("blobs/" + blob.digest.str()),
                                 .reply_bytes_max = blob.size};
  net::HttpReply reply = TRY(send(request, Access::Read, stop));
  if (reply.head.status != 200) return refused(reply, what);
  TRY(check_digest(blob.digest, Digest::of(bytes_of(reply.body)), what));
  return std::move(reply.body);
}

Result<std::vector<std::string>> OciRepository::tags(const Stop& stop) {
  std::vector<std::string> out;
  net::Url at = url("tags/list");
  for (std::size_t page = 0; page < limits::kRegistryPagesMax; ++page) {
    const net::HttpReply reply = TRY(send({.url = at}, Access::Read, stop));
    if (reply.head.status != 200) return refused(reply, path_);
    const std::vector<std::string> more = TRY(tags_in(reply.body), base_.origin());
    out.insert(out.end(), more.begin(), more.end());
    const auto next = next_link(reply.head);
    if (!next) return out;
    at = TRY(at.resolve(*next));
  }
  return fail(Code::Exhausted,
              fmt::format("more than {} pages of tags", limits::kRegistryPagesMax));
}

Result<std::vector<Descriptor>> OciRepository::referrers(const Digest& subject,
                                                         const std::string& artifact_type,
                                                         const Stop& stop) {
  const net::Url all = url("referrers/" + subject.str());
  const net::HttpRequest request{
      .url = artifact_type.empty() ? all : all.with_query("artifactType", artifact_type),
      .reply_bytes_max = limits::kManifestBytesMax};
  const net::HttpReply reply = TRY(send(request, Access::Read, stop));
  std::string json = reply.body;
  if (reply.head.status != 200) {
    const auto fallback = manifest(fallback_tag(subject), stop);
    if (!fallback && fallback.error().code == Code::NotFound) return std::vector<Descriptor>();
    json = TRY(fallback).bytes;
  }
  const content::ImageIndex index = TRY(content::ImageIndex::parse(json), "referrers");
  std::vector<Descriptor> out;
  for (const Descriptor& referrer : index.manifests)
    if (artifact_type.empty() || referrer.artifact_type == artifact_type) out.push_back(referrer);
  return out;
}

Result<void> OciRepository::load_trees(const Digest& subject, const Stop& stop) {
  for (const Descriptor& referrer : TRY(referrers(subject, std::string(media_type::kTree), stop))) {
    const RemoteManifest remote = TRY(manifest(referrer.digest.str(), stop));
    const auto trees = content::ImageManifest::parse(remote.bytes);
    if (!trees) continue;  // somebody else's idea of it
    for (const Descriptor& level : trees->layers) {
      const std::string* blob =
          content::find_annotation(level.annotations, content::annotation::kTreeBlob);
      const auto digest = Digest::parse(blob == nullptr ? "" : *blob);
      if (digest) trees_.insert_or_assign(*digest, level);
    }
  }
  return {};
}

Result<std::unique_ptr<content::BlobReader>> OciRepository::open(const Descriptor& blob,
                                                                 const Stop&) {
  const HttpSender sender = [this](const net::HttpRequest& request,
                                   const net::ReplyHandler& handler, const Stop& stop) {
    return send(request, Access::Read, handler, stop);
  };
  return std::make_unique<HttpBlob>(url("blobs/" + blob.digest.str()), blob.size, sender);
}

Result<std::optional<content::BlobTree>> OciRepository::tree(const Descriptor& blob,
                                                             const Stop& stop) {
  const std::optional<content::BlobTree> none;
  const auto found = trees_.find(blob.digest);
  if (found == trees_.end()) return none;
  const std::uint64_t bytes = content::piece_count(blob.size) * sizeof(crypto::Hash256);
  if (found->second.size != bytes) return none;
  const std::string level = TRY(small_blob(found->second, bytes, stop));
  return std::optional(TRY(content::BlobTree::parse(bytes_of(level), blob.size)));
}

Result<bool> OciRepository::has_blob(const Descriptor& blob, const Stop& stop) {
  const net::HttpRequest request{.method = "HEAD", .url = url("blobs/" + blob.digest.str())};
  const net::HttpReply reply = TRY(send(request, Access::Write, stop));
  if (reply.head.status == 404) return false;
  if (reply.head.status != 200)
    return refused(reply, fmt::format("blob {}", content::short_form(blob.digest)));
  return true;
}

Result<net::Url> OciRepository::next_location(const net::HttpReply& reply) const {
  const auto location = net::find_header(reply.head.headers, "location");
  if (!location)
    return fail(Code::Corrupt,
                fmt::format("\"{}\" does not say where to upload to", base_.origin()));
  net::Url to = TRY(reply.url.resolve(*location), "where to upload to");
  if (reply.url.is_secure() && !to.is_secure())
    return fail(Code::Untrusted, fmt::format("\"{}\" wants the upload at \"{}\", which is not "
                                             "encrypted",
                                             base_.origin(), to.origin()));
  return to;
}

Result<net::Url> OciRepository::begin_upload(const Stop& stop) {
  const net::HttpRequest request{.method = "POST", .url = url("blobs/uploads/")};
  const net::HttpReply reply = TRY(send(request, Access::Write, stop));
  if (reply.head.status != 202) return refused(reply, fmt::format("uploading to {}", path_));
  return next_location(reply);
}

Result<bool> OciRepository::mount(const Descriptor& blob, const std::string& from,
                                  const Stop& stop) {
  const net::HttpRequest request{
      .method = "POST",
      .url = url("blobs/uploads/").with_query("mount", blob.digest.str()).with_query("from", from)};
  const net::HttpReply reply = TRY(send(request, Access::Write, stop));
  if (reply.head.status == 201) return true;
  if (reply.head.status != 202) return refused(reply, fmt::format("uploading to {}", path_));
  // It has begun an upload instead, which nobody wants.
  const auto location = next_location(reply);
  if (location)
    static_cast<void>(send({.method = "DELETE", .url = *location}, Access::Write, stop));
  return false;
}

Result<std::uint64_t> OciRepository::upload_state(net::Url& location, const Stop& stop) {
  const net::HttpReply reply = TRY(send({.url = location}, Access::Write, stop));
  if (reply.head.status != 204) return refused(reply, "the upload");
  location = TRY(next_location(reply));
  const auto range = net::find_header(reply.head.headers, "range");
  return range ? end_of_range(*range).value_or(0) : 0;
}

Result<net::Url> OciRepository::push_chunks(net::Url location, const Descriptor& blob,
                                            const net::Upload& bytes, Progress& progress,
                                            const Stop& stop) {
  std::uint64_t told = 0;  // to the progress
  int failures = 0;
  for (std::uint64_t offset = 0; offset < blob.size;) {
    const std::uint64_t size = std::min(kChunkBytes, blob.size - offset);
    net::HttpRequest request{.method = "PATCH", .url = location, .stall_max = kFinishMax};
    request.headers = {{"Content-Type", "application/octet-stream"},
                       {"Content-Range", fmt::format("{}-{}", offset, offset + size - 1)}};
    request.upload = {size, [&](std::uint64_t at, std::span<std::uint8_t> into) {
                        return bytes.read(offset + at, into.first(std::min<std::uint64_t>(
                                                           into.size(), size - at)));
                      }};
    const auto reply = send(request, Access::Write, stop);
    if (reply && reply->head.status == 202) {
      location = TRY(next_location(*reply));
      offset += size;
      failures = 0;
    } else {
      const Error error = reply ? refused(*reply, "the upload").error() : reply.error();
      if (error.code != Code::Unavailable && error.code != Code::Corrupt)
        return std::unexpected(error);
      if (++failures > limits::kDownloadTriesMax) return std::unexpected(error);
      TRY(options_.wait(std::chrono::milliseconds(500) * failures, stop));
      offset = TRY(upload_state(location, stop));
    }
    if (offset > told) progress.advance(offset - std::exchange(told, offset));
  }
  return location;
}

Result<void> OciRepository::push_blob(const Descriptor& blob, const net::Upload& bytes,
                                      Progress& progress, const Stop& stop) {
  const bool in_one = blob.size <= kChunkBytes;
  net::Url location = TRY(begin_upload(stop));
  if (!in_one) location = TRY(push_chunks(location, blob, bytes, progress, stop));
  net::HttpRequest request{.method = "PUT",
                           .url = location.with_query("digest", blob.digest.str()),
                           .stall_max = kFinishMax};
  request.headers = {{"Content-Type", "application/octet-stream"}};
  if (in_one) request.upload = bytes;
  const net::HttpReply reply = TRY(send(request, Access::Write, stop));
  if (reply.head.status != 201)
    return refused(reply, fmt::format("blob {}", content::short_form(blob.digest)));
  if (in_one) progress.advance(blob.size);
  return {};
}

Result<void> OciRepository::push_manifest(const std::string& tag_or_digest,
                                          const std::string& media_type, const std::string& bytes,
                                          const Stop& stop) {
  const Digest digest = Digest::of(bytes_of(bytes));
  net::HttpRequest request{.method = "PUT", .url = url("manifests/" + tag_or_digest)};
  request.headers = {{"Content-Type", media_type}};
  request.body = bytes;
  const std::string what = fmt::format("{}:{}", path_, tag_or_digest);
  const net::HttpReply reply = TRY(send(request, Access::Write, stop));
  if (reply.head.status != 201) return refused(reply, what);
  const auto announced = net::find_header(reply.head.headers, "docker-content-digest");
  if (announced)
    if (const auto stored = Digest::parse(*announced)) TRY(check_digest(digest, *stored, what));
  const auto manifest = content::ImageManifest::parse(bytes);
  if (!manifest || !manifest->subject) return {};
  if (net::find_header(reply.head.headers, "oci-subject")) return {};
  Descriptor referrer{.media_type = media_type, .digest = digest, .size = bytes.size()};
  referrer.artifact_type = manifest->kind();
  referrer.annotations = manifest->annotations;
  return add_to_fallback_tag(manifest->subject->digest, referrer, stop);
}

Result<void> OciRepository::add_to_fallback_tag(const Digest& subject, const Descriptor& referrer,
                                                const Stop& stop) {
  content::ImageIndex index;
  const auto present = manifest(fallback_tag(subject), stop);
  if (present) index = TRY(content::ImageIndex::parse(present->bytes), "referrers");
  if (!present && present.error().code != Code::NotFound) return std::unexpected(present.error());
  if (std::ranges::find(index.manifests, referrer) != index.manifests.end()) return {};
  index.manifests.push_back(referrer);
  const std::string json = TRY(content::encode(index));
  return push_manifest(fallback_tag(subject), std::string(media_type::kImageIndex), json, stop);
}

}  // namespace tegula::source

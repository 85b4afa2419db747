#include "source/remote.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/printable.h"
#include "content/annotation.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/target_index.h"
#include "source/http_blob.h"
#include "source/http_status.h"
#include "source/mirror.h"
#include "source/oci_model.h"
#include "source/oci_repository.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::Digest;
using content::Reference;

constexpr std::string_view kOllama = "ollama.com/";
constexpr std::string_view kOllamaRegistry = "registry.ollama.ai/";
constexpr std::string_view kPin = "@sha256:";
constexpr std::size_t kShortDigest = 12;

bool is_hub_name(std::string_view name) {
  return name.starts_with("hf.co/") || name.starts_with("huggingface.co/");
}

bool is_address(std::string_view name) {
  return name.starts_with("https://") || name.starts_with("http://");
}

// https://host/path@sha256:hex
struct PinnedAddress {
  net::Url url;
  Digest digest;

  std::string file_name() const { return url.path().substr(url.path().rfind('/') + 1); }
};

Result<PinnedAddress> parse_address(std::string_view text) {
  const std::size_t at = text.rfind(kPin);
  if (at == text.npos)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" has no digest", printable(text, 200)),
                "write URL@sha256:… : an address alone says nothing about what comes");
  const Digest digest = TRY(Digest::parse(text.substr(at + 1)));
  net::Url url = TRY(net::Url::parse(text.substr(0, at)));
  if (!url.is_secure() && !url.is_loopback())
    return fail(Code::Untrusted, fmt::format("\"{}\" is not encrypted", url.str()), "use https://");
  return PinnedAddress{std::move(url), digest};
}

// Lower case, with single separators: a component of a path.
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : lower_ascii(text)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool ends_open =
        out.empty() || out.back() == '-' || out.back() == '.' || out.back() == '_';
    if (is_word || !ends_open) out += is_word || c == '.' || c == '_' ? c : '-';
  }
  while (!out.empty() && (out.back() == '-' || out.back() == '.' || out.back() == '_'))
    out.pop_back();
  return out;
}

Result<Reference> name_of_address(const PinnedAddress& address) {
  std::string stem = address.file_name();
  if (stem.ends_with(".gguf")) stem.resize(stem.size() - 5);
  const std::string host = address.url.authority();
  return Reference::parse(fmt::format(
      "{}/{}:{}",
      host.find_first_of(".:") == host.npos && host != "localhost" ? host + ":443" : host,
      slug(stem), address.digest.hex().substr(0, kShortDigest)));
}

Result<Reference> name_of_hub(const HubName& name) {
  const std::size_t slash = name.repository.find('/');
  std::string tag = name.choice;
  std::ranges::replace(tag, '/', '-');
  return Reference::parse(fmt::format("hf.co/{}/{}{}{}",
                                      slug(std::string_view(name.repository).substr(0, slash)),
                                      slug(std::string_view(name.repository).substr(slash + 1)),
                                      tag.empty() ? "" : ":", tag.substr(0, limits::kTagCharsMax)));
}

// --- files that are there by their address alone ---

class AddressSource final : public content::BlobSource {
 public:
  AddressSource(net::Transport& transport, net::Url url)
      : transport_(transport), url_(std::move(url)) {}

  // The size, which the name doesn't say.
  Result<std::uint64_t> size(const Stop& stop) {
    const net::HttpReply reply =
        TRY(net::follow(transport_, {.method = "HEAD", .url = url_}, net::keep_body, stop));
    if (reply.head.status != 200) return std::unexpected(error_of_reply(reply, url_.path()));
    const std::string text(net::find_header(reply.head.headers, "content-length").value_or(""));
    const bool is_number = !text.empty() && text.size() <= 15 &&
                           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number)
      return fail(Code::Corrupt, fmt::format("\"{}\" does not say how large \"{}\" is",
                                             url_.origin(), url_.path()));
    return std::stoull(text);
  }

  Result<std::unique_ptr<content::BlobReader>> open(const Descriptor& blob, const Stop&) override {
    const HttpSender sender = [this](const net::HttpRequest& request,
                                     const net::ReplyHandler& handler, const Stop& stop) {
      return net::follow(transport_, request, handler, stop);
    };
    return std::make_unique<HttpBlob>(url_, blob.size, sender);
  }
  Result<std::optional<content::BlobTree>> tree(const Descriptor&, const Stop&) override {
    return std::optional<content::BlobTree>();
  }

 private:
  net::Transport& transport_;
  const net::Url url_;
};

Result<content::StoredBlob> fetch_blob(const Descriptor& blob, std::string_view label,
                                       MirroredSource& from, content::Lease& lease,
                                       const RemoteContext& context) {
  return from.download(blob, label,
                       {context.store, lease, context.download, context.progress, context.stop});
}

Result<void> fetch_files(const RemoteModel& model, MirroredSource& from, content::Lease& lease,
                         const RemoteContext& context) {
  const auto fetch = [&](const RemoteFile& file) -> Result<void> {
    if (!file.bytes.empty()) {
      TRY(context.store.put_bytes(bytes_of(file.bytes), lease));
      return {};
    }
    TRY(fetch_blob(file.blob, file.name, from, lease, context));
    return {};
  };
  for (const RemoteFile& file : model.files) TRY(fetch(file));
  for (const RemoteFile& adapter : model.adapters) TRY(fetch(adapter));
  return {};
}

void say(const std::string& text, const RemoteContext& context) {
  if (context.note) context.note(text);
}

Result<RemoteModel> fetch_address(const net::Url& url, const PinnedAddress& address,
                                  content::Lease& lease, const RemoteContext& context) {
  AddressSource source(context.transport, url);
  MirroredSource from(source, context.note);
  const std::uint64_t size = TRY(source.size(context.stop));
  RemoteFile file{
      {.media_type = "application/octet-stream", .digest = address.digest, .size = size},
      address.file_name()};
  if (!file.name.ends_with(".gguf")) file.name += ".gguf";
  RemoteModel model{.files = {std::move(file)}};
  TRY(fetch_files(model, from, lease, context));
  return model;
}

// The name says the digest, so that a mirror can be asked for all of it, its size too.
Result<Pulled> pull_address(const std::string& name, content::Lease& lease,
                            const RemoteContext& context) {
  const PinnedAddress address = TRY(parse_address(name));
  for (const std::string& mirror : mirrors_of(context.mirrors, address.url.authority())) {
    const net::Url base = TRY(parse_mirror(mirror, context.plain_http));
    const net::Url url = TRY(base.resolve(mirrored_path(base, address.url.path())));
    auto model = fetch_address(url, address, lease, context);
    if (model) return std::move(*model);
    TRY(context.stop.check());
    say(passed_over(mirror, model.error()), context);
  }
  return TRY(fetch_address(address.url, address, lease, context));
}

Result<Pulled> pull_from_hub(const std::string& name, content::Lease& lease,
                             const RemoteContext& context) {
  Hub hub(context.transport, context.hub);
  RemoteModel model = TRY(hub.find(TRY(HubName::parse(name)), context.stop));
  MirroredSource from(hub, context.note);
  for (const std::string_view host : {"hf.co", "huggingface.co"}) {
    for (const std::string& mirror : mirrors_of(context.mirrors, host))
      from.add(hub.mirrored(TRY(parse_mirror(mirror, context.plain_http))), mirror);
  }
  TRY(fetch_files(model, from, lease, context));
  return model;
}

// --- registries ---

// A pack as we make them: with settings to run it by.
std::optional<content::Manifest> as_pack(const std::string& json) {
  auto manifest = content::Manifest::parse(json);
  if (!manifest || content::find_layer(*manifest, content::kRuntimeSettingsFile) == nullptr)
    return std::nullopt;
  return std::move(*manifest);
}

Result<void> pull_referrer(const Descriptor& listed, OciRepository& from, content::Lease& lease,
                           const RemoteContext& context) {
  const RemoteManifest remote = TRY(from.manifest(listed.digest.str(), context.stop));
  const content::Referrer referrer = TRY(content::parse_referrer(remote.bytes));
  TRY(content::check_portable(referrer));
  for (const Descriptor* blob : content::blobs_of(referrer.manifest)) {
    const std::string bytes =
        TRY(from.small_blob(*blob, limits::kReferrerBlobBytesMax, context.stop));
    TRY(context.store.put_bytes(bytes_of(bytes), lease));
  }
  TRY(context.store.put_referrer(remote.bytes, lease));
  return {};
}

// What is said about a model comes with it. What cannot be had is no reason to be without the
// model: whoever needs a statement misses it then.
Result<void> pull_referrers(const Digest& subject, OciRepository& from, content::Lease& lease,
                            const RemoteContext& context) {
  const auto listed = from.referrers(subject, {}, context.stop);
  if (!listed) return context.stop.check();
  std::size_t count = 0;
  for (const Descriptor& one : *listed) {
    if (one.artifact_type == content::media_type::kTree) continue;
    if (++count > limits::kReferrersMax) break;
    static_cast<void>(pull_referrer(one, from, lease, context));
    TRY(context.stop.check());
  }
  return {};
}

// A registry, and the mirrors of it that the configuration has. Names are the registry's to say:
// what a tag leads to, and what refers to a manifest. All that has a digest may come from a mirror.
class Registry {
 public:
  static Result<Registry> open(const Reference& reference, const RemoteContext& context) {
    Registry out(context);
    out.origin_ = TRY(out.open_at({}, reference));
    for (const std::string& mirror : mirrors_of(context.mirrors, reference.host())) {
      auto repository = TRY(out.open_at(mirror, reference));
      out.mirrors_.push_back({std::move(repository), mirror});
    }
    return out;
  }

  OciRepository& origin() { return *origin_; }

  Result<RemoteManifest> manifest(const Digest& digest) {
    for (const Mirror& mirror : mirrors_) {
      auto found = mirror.repository->manifest(digest.str(), context_.stop);
      if (found) return found;
      TRY(context_.stop.check());
      say(passed_over(mirror.address, found.error()), context_);
    }
    return origin_->manifest(digest.str(), context_.stop);
  }

  // Trees are worth having, and no reason to be without the model where mirrors have it.
  Result<void> load_trees(const Digest& manifest) {
    auto loaded = origin_->load_trees(manifest, context_.stop);
    return loaded || mirrors_.empty() ? loaded : context_.stop.check();
  }

  MirroredSource blobs() {
    MirroredSource out(*origin_, context_.note);
    for (Mirror& mirror : mirrors_) out.add(std::move(mirror.repository), mirror.address);
    mirrors_.clear();
    return out;
  }

 private:
  struct Mirror {
    std::unique_ptr<OciRepository> repository;
    std::string address;
  };

  explicit Registry(const RemoteContext& context) : context_(context) {}

  Result<std::unique_ptr<OciRepository>> open_at(const std::string& mirror,
                                                 const Reference& reference) const {
    return OciRepository::open(context_.transport, context_.credentials, reference,
                               {.plain_http = context_.plain_http, .mirror = mirror});
  }

  const RemoteContext& context_;
  std::unique_ptr<OciRepository> origin_;
  std::vector<Mirror> mirrors_;
};

Result<Pulled> pull_pack(const RemoteManifest& remote, const content::Manifest& manifest,
                         Registry& from, content::Lease& lease, const RemoteContext& context) {
  TRY(from.load_trees(remote.digest));
  MirroredSource blobs = from.blobs();
  for (const Descriptor* blob : content::blobs_of(manifest)) {
    const std::string_view path = content::file_path(*blob);
    TRY(fetch_blob(*blob, path.empty() ? "config" : path, blobs, lease, context));
  }
  const Digest digest = TRY(context.store.put_manifest(remote.bytes, lease));
  TRY(pull_referrers(digest, from.origin(), lease, context));
  return digest;
}

Result<Pulled> pull_files(const RemoteManifest& remote, const std::string& name, Registry& from,
                          content::Lease& lease, const RemoteContext& context) {
  RemoteModel model = TRY(model_in_manifest(remote.bytes, name));
  const std::vector<RemoteText> texts = model.texts;
  for (const RemoteText& text : texts) {
    const std::string bytes =
        TRY(from.origin().small_blob(text.blob, limits::kForeignTextBytesMax, context.stop));
    TRY(add_text(text, bytes, model));
  }
  MirroredSource blobs = from.blobs();
  TRY(fetch_files(model, blobs, lease, context));
  return model;
}

// An index lists models for several targets; ours for this machine say so, and the first of them is
// its builder's choice.
Result<RemoteManifest> choose_in_index(const RemoteManifest& index, Registry& from,
                                       const std::string& name, const RemoteContext& context) {
  const content::ImageIndex parsed = TRY(content::ImageIndex::parse(index.bytes));
  const Descriptor* chosen = nullptr;
  for (const Descriptor& manifest : parsed.manifests) {
    const std::string* target =
        content::find_annotation(manifest.annotations, content::annotation::kTarget);
    const bool fits = target == nullptr ? parsed.manifests.size() == 1 : *target == "gguf";
    if (fits && chosen == nullptr) chosen = &manifest;
  }
  if (chosen == nullptr)
    return fail(
        Code::InvalidArgument,
        fmt::format("it lists {} models, and none for this machine", parsed.manifests.size()),
        "name one by its digest");
  if (context.note && parsed.manifests.size() > 1)
    context.note(fmt::format("{} lists {} models: {} is taken, for this machine", printable(name),
                             parsed.manifests.size(), content::target_name(*chosen)));
  return from.manifest(chosen->digest);
}

Result<Reference> registry_reference(const std::string& name) {
  if (name.starts_with(kOllama))
    return Reference::parse(std::string(kOllamaRegistry) + name.substr(kOllama.size()));
  return Reference::parse(name);
}

Result<Pulled> pull_from_registry(const std::string& name, content::Lease& lease,
                                  const RemoteContext& context) {
  const Reference reference = TRY(registry_reference(name));
  Registry from = TRY(Registry::open(reference, context));
  RemoteManifest remote =
      TRY(reference.digest() ? from.manifest(*reference.digest())
                             : from.origin().manifest(reference.tag(), context.stop));
  if (content::ImageIndex::parse(remote.bytes))
    remote = TRY(choose_in_index(remote, from, name, context), name);
  if (const std::optional<content::Manifest> pack = as_pack(remote.bytes))
    return pull_pack(remote, *pack, from, lease, context);
  const std::string last = reference.path().substr(reference.path().rfind('/') + 1);
  return TRY(pull_files(remote, last, from, lease, context), name);
}

}  // namespace

bool is_remote_name(std::string_view name) {
  if (is_address(name) || is_hub_name(name)) return true;
  const auto reference = Reference::parse(name);
  return reference && !reference->host().empty();
}

Result<Reference> local_name(std::string_view name) {
  if (is_address(name)) return name_of_address(TRY(parse_address(name)));
  if (is_hub_name(name)) return name_of_hub(TRY(HubName::parse(name)));
  const Reference reference = TRY(Reference::parse(name));
  if (!reference.digest()) return reference;
  return reference.has_tag()
             ? reference.with_tag(reference.tag())
             : reference.with_tag(reference.digest()->hex().substr(0, kShortDigest));
}

Result<Pulled> pull(const std::string& name, content::Lease& lease, const RemoteContext& context) {
  if (is_address(name)) return pull_address(name, lease, context);
  if (is_hub_name(name)) return pull_from_hub(name, lease, context);
  return pull_from_registry(name, lease, context);
}

}  // namespace tegula::source

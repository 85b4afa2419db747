#include "source/hub.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "source/gguf_choice.h"
#include "source/http_blob.h"
#include "source/http_status.h"
#include "source/mirror.h"
#include "tensor/adapter_conversion.h"
#include "tensor/gguf_join.h"
#include "tensor/model_folder.h"

namespace tegula::source {
namespace {

constexpr std::string_view kPrefixes[] = {"hf.co/", "huggingface.co/"};

// What the hub allows in the names of accounts, repositories and revisions; "/" in the latter.
bool is_plain_name(std::string_view text, std::string_view also = {}) {
  const auto is_good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || also.find(c) != also.npos;
  };
  return !text.empty() && text.size() <= limits::kFileNameBytesMax && text.front() != '.' &&
         text.find("..") == text.npos && std::ranges::all_of(text, is_good);
}

Result<HubFile> parse_file(const codec::Json& json) {
  std::string name = TRY(codec::string_member(json, "rfilename"));
  HubFile out{.name = std::move(name)};
  out.size = TRY(codec::optional_uint_member(json, "size")).value_or(0);
  const auto lfs = json.find("lfs");
  if (lfs == json.end() || !lfs->is_object()) return out;
  out.sha256 = TRY(codec::string_member(*lfs, "sha256"));
  out.size = TRY(codec::uint_member(*lfs, "size"));
  if (!content::parse_hash(out.sha256) || out.size > limits::kBlobBytesMax)
    return fail(Code::Corrupt,
                fmt::format("file \"{}\": a digest or size that is none", printable(out.name)));
  return out;
}

// "Q4/a b.gguf" → "Q4/a%20b.gguf".
std::string escaped_path(std::string_view path) {
  std::string out;
  for (std::size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1))
    out += net::percent_encode(path.substr(0, slash)) + "/";
  return out + net::percent_encode(path);
}

bool is_weights(std::string_view file) {
  return file.starts_with("model") && file.ends_with(".safetensors") && !file.contains('/');
}

// What tensor::read_model_folder() looks at.
bool is_of_model(std::string_view file) {
  const auto& tokenizer = tensor::kTokenizerFiles;
  return is_weights(file) || file == tensor::kModelConfigFile ||
         file == tensor::kSafetensorsIndexFile || file == tensor::kLicenseFile ||
         std::ranges::find(tokenizer, file) != tokenizer.end();
}

// A model in safetensors, and in no GGUF file that the name could mean.
bool is_folder(const HubRepository& repository) {
  const auto has = [&](auto matches) {
    return std::ranges::any_of(repository.files, matches, &HubFile::name);
  };
  return !has(is_gguf) && has(is_weights) &&
         has([](std::string_view file) { return file == tensor::kModelConfigFile; });
}

bool is_of_adapter(std::string_view file) {
  return file == tensor::kAdapterConfigFile || file == tensor::kPeftWeightsFile ||
         file == tensor::kMlxWeightsFile;
}

// An adapter in safetensors, and no model that the name could mean.
bool is_adapter(const HubRepository& repository) {
  const auto is_model = [](std::string_view file) { return is_gguf(file) || is_weights(file); };
  return std::ranges::none_of(repository.files, is_model, &HubFile::name) &&
         std::ranges::count_if(repository.files, is_of_adapter, &HubFile::name) > 1;
}

// Blobs at the addresses of a mirror.
class HubMirror final : public content::BlobSource {
 public:
  HubMirror(net::Transport& transport, std::map<content::Digest, net::Url> places)
      : transport_(transport), places_(std::move(places)) {}

  Result<std::unique_ptr<content::BlobReader>> open(const content::Descriptor& blob,
                                                    const Stop&) override {
    const auto found = places_.find(blob.digest);
    if (found == places_.end())
      return fail(Code::NotFound, fmt::format("blob {} is not on the mirror", blob.digest.str()));
    const HttpSender sender = [this](const net::HttpRequest& request,
                                     const net::ReplyHandler& handler, const Stop& stop) {
      return net::follow(transport_, request, handler, stop);
    };
    return std::make_unique<HttpBlob>(found->second, blob.size, sender);
  }
  Result<std::optional<content::BlobTree>> tree(const content::Descriptor&, const Stop&) override {
    return std::optional<content::BlobTree>();
  }

 private:
  net::Transport& transport_;
  const std::map<content::Digest, net::Url> places_;
};

std::unexpected<Error> no_digest(std::string_view file) {
  return fail(Code::Unsupported, fmt::format("the hub keeps no SHA-256 of \"{}\"", printable(file)),
              "download it by hand, and build from the file");
}

// The files of a model in parts, all in the first one's folder of the repository; else the file.
Result<std::vector<std::string>> whole_set(const std::string& chosen,
                                           const std::vector<std::string>& names) {
  const std::string folder = chosen.substr(0, chosen.rfind('/') + 1);
  const std::optional<tensor::PartName> first = tensor::part_name(chosen.substr(folder.size()));
  if (!first) return std::vector{chosen};
  std::vector<std::string> beside;
  for (const std::string& name : names)
    if (name.starts_with(folder)) beside.push_back(name.substr(folder.size()));
  std::vector<std::string> parts = TRY(tensor::parts_of_set(*first, beside));
  for (std::string& part : parts) part.insert(0, folder);
  return parts;
}

Result<std::vector<HubFile>> choose(const HubRepository& repository, const HubName& name) {
  std::vector<std::string> names;
  for (const HubFile& file : repository.files) names.push_back(file.name);
  const std::string chosen = TRY(choose_file(names, name.choice));
  std::vector<HubFile> out;
  for (const std::string& part : TRY(whole_set(chosen, names))) {
    const auto found = std::ranges::find(repository.files, part, &HubFile::name);
    if (found->sha256.empty()) return no_digest(part);
    out.push_back(*found);
  }
  return out;
}

}  // namespace

Result<HubName> HubName::parse(std::string_view text) {
  const std::string whole(text);
  for (const std::string_view prefix : kPrefixes)
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  HubName out;
  const std::size_t at = text.rfind('@');
  if (at != text.npos) out.revision = text.substr(at + 1);
  text = text.substr(0, at);
  const std::size_t colon = text.find(':');
  if (colon != text.npos) out.choice = text.substr(colon + 1);
  out.repository = text.substr(0, colon);
  const std::size_t slash = out.repository.find('/');
  const bool is_repository = slash != std::string::npos &&
                             is_plain_name(std::string_view(out.repository).substr(0, slash)) &&
                             is_plain_name(std::string_view(out.repository).substr(slash + 1));
  if (is_repository && (at == text.npos || is_plain_name(out.revision, "/")) &&
      (colon == text.npos || is_plain_name(out.choice, "/")))
    return out;
  return fail(Code::InvalidArgument,
              fmt::format("\"{}\" names nothing on a model hub", printable(whole)),
              "such as hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M@main");
}

Result<HubRepository> parse_hub_repository(std::string_view text) {
  const codec::Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kHttpReplyBytesMax}));
  std::string commit = TRY(codec::string_member(json, "sha"));
  if ((commit.size() != 40 && commit.size() != 64) || !is_lower_hex(commit))
    return fail(Code::Corrupt, fmt::format("\"{}\" is no commit", printable(commit)));
  HubRepository out{.commit = std::move(commit), .files = {}};
  const codec::Json& files = *TRY(codec::array_member(json, "siblings"));
  if (files.size() > limits::kForeignEntriesMax)
    return fail(Code::Exhausted, fmt::format("{} files; at most {} are allowed", files.size(),
                                             limits::kForeignEntriesMax));
  for (const codec::Json& file : files) {
    if (!file.is_object()) return fail(Code::Corrupt, "a file that is no object");
    out.files.push_back(TRY(parse_file(file)));
  }
  return out;
}

std::vector<net::Header> Hub::headers() const {
  if (options_.token.empty()) return {};
  return {{"Authorization", "Bearer " + options_.token}};
}

Result<HubRepository> Hub::look_up(const HubName& name, const Stop& stop) const {
  const std::string revision = name.revision.empty() ? "main" : name.revision;
  const net::Url url = TRY(options_.endpoint.resolve(fmt::format(
      "/api/models/{}/revision/{}?blobs=true", name.repository, net::percent_encode(revision))));
  const net::HttpReply reply =
      TRY(net::follow(transport_, {.url = url, .headers = headers()}, net::keep_body, stop));
  if (reply.head.status == 200) return parse_hub_repository(reply.body);
  Error error = error_of_reply(reply, name.repository);
  if (error.code == Code::PermissionDenied)
    error.hint = "does it exist, and were its terms accepted? HF_TOKEN says who you are";
  return std::unexpected(std::move(error));
}

Result<net::Url> Hub::address_of(const Place& place, const HubFile& file) const {
  return options_.endpoint.resolve(fmt::format("/{}/resolve/{}/{}", place.name.repository,
                                               place.repository.commit, escaped_path(file.name)));
}

Result<RemoteFile> Hub::known_file(const Place& place, const HubFile& file) {
  const auto digest = TRY(content::Digest::from_hex(file.sha256));
  found_.insert_or_assign(digest, TRY(address_of(place, file)));
  return RemoteFile{{.media_type = "application/octet-stream", .digest = digest, .size = file.size},
                    file.name.substr(file.name.rfind('/') + 1)};
}

Result<RemoteFile> Hub::small_file(const Place& place, const HubFile& file) const {
  const net::Url url = TRY(address_of(place, file));
  const net::HttpReply reply =
      TRY(net::follow(transport_, {.url = url, .headers = headers()}, net::keep_body, place.stop));
  if (reply.head.status != 200) return std::unexpected(error_of_reply(reply, file.name));
  if (reply.body.size() != file.size)
    return fail(Code::Corrupt, fmt::format("\"{}\" has {} bytes, the hub says {}",
                                           printable(file.name), reply.body.size(), file.size));
  const content::Digest digest = content::Digest::of(bytes_of(reply.body));
  return RemoteFile{{.media_type = "application/octet-stream", .digest = digest, .size = file.size},
                    file.name,
                    reply.body};
}

Result<RemoteModel> Hub::folder(const Place& place, bool (*is_of_folder)(std::string_view)) {
  RemoteModel out{.files = {}};
  for (const HubFile& file : place.repository.files) {
    if (!is_of_folder(file.name)) continue;
    const bool is_known = !file.sha256.empty();
    if (!is_known && file.name.ends_with(".safetensors")) return no_digest(file.name);
    out.files.push_back(TRY(is_known ? known_file(place, file) : small_file(place, file)));
  }
  return out;
}

Result<RemoteModel> Hub::find(const HubName& name, const Stop& stop) {
  const std::string where =
      fmt::format("{} at \"{}\"", name.repository, options_.endpoint.origin());
  const HubRepository repository = TRY(look_up(name, stop), where);
  const Place place{name, repository, stop};
  if (name.choice.empty() && is_folder(repository)) return TRY(folder(place, is_of_model), where);
  if (name.choice.empty() && is_adapter(repository))
    return TRY(folder(place, is_of_adapter), where);
  RemoteModel out{.files = {}};
  for (const HubFile& file : TRY(choose(repository, name), where))
    out.files.push_back(TRY(known_file(place, file)));
  return out;
}

std::unique_ptr<content::BlobSource> Hub::mirrored(const net::Url& base) const {
  std::map<content::Digest, net::Url> places;
  for (const auto& [digest, url] : found_) {
    if (auto there = base.resolve(mirrored_path(base, url.path())))
      places.emplace(digest, std::move(*there));
  }
  return std::make_unique<HubMirror>(transport_, std::move(places));
}

Result<std::unique_ptr<content::BlobReader>> Hub::open(const content::Descriptor& blob,
                                                       const Stop&) {
  const auto found = found_.find(blob.digest);
  if (found == found_.end())
    return fail(Code::NotFound, fmt::format("blob {} is not on the hub", blob.digest.str()));
  const HttpSender sender = [this](net::HttpRequest request, const net::ReplyHandler& handler,
                                   const Stop& stop) {
    for (const net::Header& header : headers()) request.headers.push_back(header);
    return net::follow(transport_, std::move(request), handler, stop);
  };
  return std::make_unique<HttpBlob>(found->second, blob.size, sender);
}

}  // namespace tegula::source

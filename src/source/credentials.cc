#include "source/credentials.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"

namespace tegula::source {
namespace {

constexpr std::string_view kDockerHubKey = "index.docker.io";

// docker writes "https://index.docker.io/v1/" and the like for hosts.
std::string_view host_of_key(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  for (const std::string_view end : {"/v1/", "/v2/", "/v1", "/v2", "/"})
    if (key.ends_with(end)) {
      key.remove_suffix(end.size());
      break;
    }
  return key;
}

Result<Credential> parse_entry(const codec::Json& json) {
  if (!json.is_object()) return fail(Code::Corrupt, "expected an object");
  Credential out;
  out.user = TRY(codec::optional_string_member(json, "username")).value_or("");
  out.password = TRY(codec::optional_string_member(json, "password")).value_or("");
  out.identity_token = TRY(codec::optional_string_member(json, "identitytoken")).value_or("");
  const std::string packed = TRY(codec::optional_string_member(json, "auth")).value_or("");
  if (packed.empty()) return out;
  const auto bytes = base64_decode(packed);
  const std::string plain = bytes ? std::string(text_of(*bytes)) : std::string();
  const std::size_t colon = plain.find(':');
  if (colon == plain.npos) return fail(Code::Corrupt, "\"auth\" is not base64 of user:password");
  out.user = plain.substr(0, colon);
  out.password = plain.substr(colon + 1);
  return out;
}

Result<CredentialFile> parse_file(std::string_view text) {
  const codec::Json json =
      TRY(codec::parse_json(text, {.bytes_max = limits::kCredentialFileBytesMax}));
  if (!json.is_object()) return fail(Code::Corrupt, "expected a JSON object");
  CredentialFile out;
  out.default_helper = TRY(codec::optional_string_member(json, "credsStore")).value_or("");
  if (json.contains("credHelpers")) {
    const codec::Json* helpers = TRY(codec::object_member(json, "credHelpers"));
    for (const auto& [host, helper] : helpers->items())
      if (helper.is_string()) out.helpers.emplace(host_of_key(host), helper.get<std::string>());
  }
  if (!json.contains("auths")) return out;
  const codec::Json* auths = TRY(codec::object_member(json, "auths"));
  for (const auto& [key, entry] : auths->items()) {
    Credential credential = TRY(parse_entry(entry), fmt::format("\"{}\"", host_of_key(key)));
    if (credential != Credential()) out.by_host.emplace(host_of_key(key), std::move(credential));
  }
  return out;
}

}  // namespace

std::optional<Credential> CredentialFile::find(std::string_view host, std::string_view path) const {
  std::string key = fmt::format("{}/{}", host, path);
  while (true) {
    if (const auto found = by_host.find(key); found != by_host.end()) return found->second;
    const std::size_t slash = key.rfind('/');
    if (slash == key.npos) return std::nullopt;
    key.resize(slash);
  }
}

Result<std::optional<Credential>> CredentialFile::credential_for(std::string_view host,
                                                                 std::string_view path) const {
  auto out = find(host, path);
  const std::string helper = helper_of(host);
  if (out || helper.empty() || !ask_helper) return out;
  // Docker Hub's entry has the name that it had at the beginning.
  return ask_helper(helper,
                    host == kDockerHubKey ? "https://index.docker.io/v1/" : std::string(host));
}

std::string CredentialFile::helper_of(std::string_view host) const {
  const auto found = helpers.find(host);
  return found == helpers.end() ? default_helper : found->second;
}

// A broken file is our user's: what was wrong with it must not quote what is in it.
Result<CredentialFile> parse_credentials(std::string_view json) {
  auto out = parse_file(json);
  if (!out) out.error().code = Code::Corrupt;
  return out;
}

Result<CredentialFile> load_credentials(const os::FileSystem& fs, const os::Path& home,
                                        const os::Environment& environment) {
  const auto folder = [&](std::string_view variable) -> std::optional<os::Path> {
    const auto value = environment.get(variable);
    return value && !value->empty() ? std::optional<os::Path>(*value) : std::nullopt;
  };
  std::vector<os::Path> places;
  if (const auto file = folder("REGISTRY_AUTH_FILE")) places.push_back(*file);
  places.push_back(folder("DOCKER_CONFIG").value_or(home / ".docker") / "config.json");
  if (const auto runtime = folder("XDG_RUNTIME_DIR"))
    places.push_back(*runtime / "containers" / "auth.json");
  for (const os::Path& place : places) {
    const auto text = os::read_file(fs, place, limits::kCredentialFileBytesMax);
    if (!text && text.error().code == Code::NotFound) continue;
    if (!text) return std::unexpected(text.error());
    return TRY(parse_credentials(*text), place.native());
  }
  return CredentialFile();
}

}  // namespace tegula::source

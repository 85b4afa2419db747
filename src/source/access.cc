#include "source/access.h"

#include <fmt/format.h>

#include "net/curl_environment.h"
#include "net/curl_transport.h"
#include "source/credential_helper.h"

namespace tegula::source {
namespace {

constexpr std::string_view kHubEndpoint = "https://huggingface.co";

Result<net::Url> hub_endpoint(const os::Environment& environment) {
  const std::string moved = environment.get("HF_ENDPOINT").value_or("");
  if (moved.empty()) return net::Url::parse(kHubEndpoint);
  net::Url url = TRY(net::Url::parse(moved), "HF_ENDPOINT");
  if (url.is_secure() || url.is_loopback()) return url;
  return fail(Code::Untrusted, fmt::format("HF_ENDPOINT=\"{}\" is not encrypted", url.origin()),
              "use https://");
}

}  // namespace

Access::Access(net::Url hub, const AccessOptions& options, const Stop& stop)
    : hub_{std::move(hub), {}}, plain_http_(options.plain_http), stop_(stop) {}

Access::~Access() = default;

Result<std::unique_ptr<Access>> Access::open(const User& user, const AccessOptions& options,
                                             const Stop& stop) {
  const os::Environment& environment = user.environment;
  std::unique_ptr<Access> out(new Access(TRY(hub_endpoint(environment)), options, stop));
  out->mirrors_ = user.mirrors;
  out->hub_.token = environment.get("HF_TOKEN").value_or("");
  net::CurlOptions curl = net::curl_options(environment);
  if (options.bytes_per_second > 0) {
    out->rate_ = std::make_unique<net::RateLimit>(user.clock, options.bytes_per_second);
    curl.rate = out->rate_.get();
  }
  out->transport_ = TRY(net::create_curl_transport(curl));
  out->credentials_ = TRY(load_credentials(user.files, user.home, environment));
  out->credentials_.ask_helper = [&environment, stop](const std::string& helper,
                                                      const std::string& host) {
    return ask_credential_helper(helper, host, environment, stop);
  };
  return out;
}

RemoteContext Access::context(content::Store& store, Progress& progress,
                              std::function<void(const std::string&)> note) {
  return {.store = store,
          .transport = *transport_,
          .credentials = credentials_,
          .hub = hub_,
          .plain_http = plain_http_,
          .progress = progress,
          .stop = stop_,
          .mirrors = mirrors_,
          .note = std::move(note)};
}

Result<std::unique_ptr<OciRepository>> Access::repository(const content::Reference& reference) {
  return OciRepository::open(*transport_, credentials_, reference, {.plain_http = plain_http_});
}

}  // namespace tegula::source

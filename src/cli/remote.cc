#include "cli/remote.h"

#include "cli/transport.h"
#include "source/credential_helper.h"

namespace tegula::cli {
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

std::string origin_of(const std::string& name) {
  if (name.starts_with("https://") || name.starts_with("http://")) return "https";
  if (name.starts_with("hf.co/") || name.starts_with("huggingface.co/")) return "hub";
  return "registry";
}

Result<build::FoundModel> found_of(const source::RemoteModel& model, content::Store& store) {
  build::FoundModel out;
  for (const source::RemoteFile& file : model.files) {
    os::Path path = TRY(store.blob_path(file.blob));
    out.files.push_back({std::move(path), file.name, file.blob.digest});
  }
  for (const source::RemoteFile& adapter : model.adapters)
    out.adapters.push_back(TRY(store.blob_path(adapter.blob)));
  out.chat_template = model.chat_template;
  out.system = model.system;
  out.licenses = model.licenses;
  out.messages = model.messages;
  out.parameters = model.parameters;
  return out;
}

}  // namespace

Result<std::unique_ptr<Remote>> Remote::open(const Arguments* arguments, Session& session) {
  const os::Environment& environment = session.environment();
  std::unique_ptr<Remote> out(new Remote(session, TRY(hub_endpoint(environment))));
  out->hub_.token = environment.get("HF_TOKEN").value_or("");
  net::CurlOptions options = curl_options(environment);
  if (arguments != nullptr) {
    out->plain_http_ = arguments->has(kPlainHttpFlag.name);
    if (const auto rate = arguments->value(kLimitRateFlag.name)) {
      const std::uint64_t bytes = TRY(config::parse_size(*rate), "--limit-rate");
      if (bytes == 0) return fail(Code::InvalidArgument, "--limit-rate 0 would fetch nothing");
      out->rate_ = std::make_unique<net::RateLimit>(session.clock(), bytes);
      options.rate = out->rate_.get();
    }
  }
  out->transport_ = TRY(net::create_curl_transport(options));
  const config::Folders folders = TRY(session.folders());
  out->credentials_ =
      TRY(source::load_credentials(session.files(), folders.home, session.environment()));
  out->credentials_.ask_helper = [&session](const std::string& helper, const std::string& host) {
    return source::ask_credential_helper(helper, host, session.environment(), session.stop());
  };
  return out;
}

source::RemoteContext Remote::context(content::Store& store) {
  return {.store = store,
          .transport = *transport_,
          .credentials = credentials_,
          .hub = hub_,
          .plain_http = plain_http_,
          .progress = session_.progress(),
          .stop = session_.stop()};
}

Result<std::unique_ptr<source::OciRepository>> Remote::repository(
    const content::Reference& reference) {
  return source::OciRepository::open(*transport_, credentials_, reference,
                                     {.plain_http = plain_http_});
}

Result<build::FoundModel> fetch_remote(const std::string& name, Remote& remote, Session& session) {
  content::Store* store = TRY(session.store());
  std::shared_ptr<content::Lease> lease = TRY(store->lease());
  const source::Pulled pulled = TRY(source::pull(name, *lease, remote.context(*store)));
  build::FoundModel out;
  if (const auto* pack = std::get_if<content::Digest>(&pulled)) {
    out.pack = *pack;
  } else {
    const auto& model = std::get<source::RemoteModel>(pulled);
    for (const std::string& what : model.left_out)
      session.console().warn(fmt::format("{}: {} is left out", name, what));
    out = TRY(found_of(model, *store));
  }
  out.origin = origin_of(name);
  out.lease = std::move(lease);
  return out;
}

Result<std::optional<build::FoundModel>> find_remote(const std::string& name, Session& session) {
  if (!source::is_remote_name(name)) return std::optional<build::FoundModel>();
  content::Store* store = TRY(session.store());
  // A name with a digest or a revision means that one, whatever was pulled under the rest of it.
  const bool is_pinned = name.find('@') != std::string::npos;
  if (const auto digest = store->resolve(TRY(source::local_name(name))); digest && !is_pinned) {
    build::FoundModel out;
    out.pack = *digest;
    return out;
  }
  const auto remote = TRY(Remote::open(nullptr, session));
  return std::optional(TRY(fetch_remote(name, *remote, session)));
}

}  // namespace tegula::cli

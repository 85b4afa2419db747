#include "source/authorizer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "codec/json.h"
#include "source/http_status.h"

namespace tegula::source {
namespace {

constexpr int kUnauthorized = 401;

std::string basic(const Credential& credential) {
  return "Basic " + base64_encode(bytes_of(credential.user + ":" + credential.password));
}

// What can stand in a header: RFC 6750's b64token, generously.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= limits::kHttpHeaderBytesMax / 2 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

const AuthChallenge* find(const std::vector<AuthChallenge>& challenges, std::string_view scheme) {
  const auto found = std::ranges::find(challenges, scheme, &AuthChallenge::scheme);
  return found == challenges.end() ? nullptr : &*found;
}

Result<std::string> token_in(const net::HttpReply& reply) {
  const codec::Json json = TRY(codec::parse_json(reply.body), "token");
  for (const std::string_view name : {"token", "access_token"}) {
    const auto token = codec::string_member(json, name);
    if (token && is_token(*token)) return *token;
  }
  return fail(Code::Corrupt, fmt::format("\"{}\" hands out no token", reply.url.origin()));
}

}  // namespace

std::optional<std::string> Authorizer::known(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  const auto found = authorizations_.find(scope);
  return found == authorizations_.end() ? std::nullopt : std::optional(found->second);
}

Result<net::HttpReply> Authorizer::send(net::HttpRequest request, const std::string& scope,
                                        const net::ReplyHandler& handler, const Stop& stop) {
  const bool is_ours = request.url.origin() == registry_.origin();
  std::optional<std::string> authorization = is_ours ? known(scope) : std::nullopt;
  const std::vector<net::Header> headers = request.headers;
  for (bool may_answer = is_ours;; may_answer = false) {
    request.headers = headers;
    if (authorization) request.headers.push_back({"Authorization", *authorization});
    bool is_challenge = false;
    const net::ReplyHandler look = [&](const net::ReplyHead& head) -> Result<net::BodySink> {
      is_challenge = head.status == kUnauthorized && may_answer;
      return is_challenge ? net::keep_body(head) : handler(head);
    };
    net::HttpReply reply = TRY(net::follow(transport_, request, look, stop));
    // Whoever a redirect led to has no business asking who the user is.
    if (!is_challenge || reply.url.origin() != registry_.origin()) return reply;
    const auto challenges = TRY(parse_auth_challenges(
        net::find_header(reply.head.headers, "www-authenticate").value_or("")));
    authorization = TRY(answer(challenges, scope, stop), registry_.origin());
    if (!authorization) return std::unexpected(error_of_reply(reply, "not signed in"));
    const std::lock_guard lock(mutex_);
    authorizations_[scope] = *authorization;
  }
}

Result<std::optional<std::string>> Authorizer::answer(const std::vector<AuthChallenge>& challenges,
                                                      const std::string& scope, const Stop& stop) {
  if (const AuthChallenge* bearer = find(challenges, "bearer"))
    return std::optional("Bearer " + TRY(fetch_token(*bearer, scope, stop)));
  if (find(challenges, "basic") != nullptr && credential_ && credential_->identity_token.empty())
    return std::optional(basic(*credential_));
  return std::optional<std::string>();
}

// Docker's token protocol: a GET with the scope, or, with an identity token, OAuth2's POST.
Result<std::string> Authorizer::fetch_token(const AuthChallenge& challenge,
                                            const std::string& scope, const Stop& stop) {
  net::Url realm = TRY(net::Url::parse(challenge.get("realm")), "realm");
  if (registry_.is_secure() && !realm.is_secure())
    return fail(Code::Untrusted, fmt::format("it sends us to \"{}\" to sign in, which is not "
                                             "encrypted",
                                             realm.origin()));
  const std::string service = challenge.get("service");
  net::HttpRequest request{.url = realm};
  if (credential_ && !credential_->identity_token.empty()) {
    request.method = "POST";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = fmt::format(
        "grant_type=refresh_token&client_id=tegula&service={}&scope={}&refresh_token={}",
        net::percent_encode(service), net::percent_encode(scope),
        net::percent_encode(credential_->identity_token));
  } else {
    if (!service.empty()) request.url = request.url.with_query("service", service);
    if (!scope.empty()) request.url = request.url.with_query("scope", scope);
    if (credential_) request.headers = {{"Authorization", basic(*credential_)}};
  }
  const net::HttpReply reply = TRY(transport_.exchange(request, net::keep_body, stop));
  if (!reply.head.is_success()) {
    Error error = error_of_reply(reply, "signing in");
    if (error.code == Code::PermissionDenied)
      error.hint = "are the credentials in docker's config.json right?";
    return std::unexpected(std::move(error));
  }
  return token_in(reply);
}

}  // namespace tegula::source

#include "cli/remote.h"

namespace tegula::cli {
namespace {

Result<source::User> user_of(Session& session) {
  const config::Folders folders = TRY(session.folders());
  const config::Config config = TRY(session.config());
  return source::User{session.files(), session.clock(), session.environment(), folders.home,
                      config.mirrors()};
}

}  // namespace

Result<std::unique_ptr<source::Access>> open_access(const Arguments& arguments, Session& session) {
  source::AccessOptions options{.plain_http = arguments.has(kPlainHttpFlag.name)};
  if (const auto rate = arguments.value(kLimitRateFlag.name)) {
    options.bytes_per_second = TRY(config::parse_size(*rate), "--limit-rate");
    if (options.bytes_per_second == 0)
      return fail(Code::InvalidArgument, "--limit-rate 0 would fetch nothing");
  }
  return source::Access::open(TRY(user_of(session)), options, session.stop());
}

Result<sdk::FinderContext> finder_context(Session& session) {
  content::Store* store = TRY(session.store());
  const source::User user = TRY(user_of(session));
  return sdk::FinderContext{user, *store, session.progress(), session.stop(),
                            [&session](const std::string& text) { session.console().warn(text); }};
}

}  // namespace tegula::cli

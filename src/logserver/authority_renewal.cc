#include "logserver/authority_renewal.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "logserver/timestamp_files.h"
#include "logserver/trust_files.h"

namespace tegula::logserver {
namespace {

Result<void> check_kind(const LogConfig& config) {
  if (config.kind == LogKind::Rekor) return {};
  return fail(Code::InvalidArgument,
              fmt::format("{} is a generic log, which has no timestamp authority", config.origin),
              "rekor logs have one, since Sigstore's tools want a time beside an entry");
}

// Nothing is written before all is known that will be.
Result<void> put_in_place(os::FileSystem& fs, const LogLayout& layout, const PublicLog& log) {
  const os::Path root = layout.trusted_root(), config = layout.signing_config();
  const std::string before = TRY(os::read_file(fs, root, limits::kTrustedRootBytesMax));
  const std::string both = TRY(add_authority(before, log), root.native());
  const std::string after = TRY(end_other_authorities(both, log), root.native());
  const std::string services = TRY(os::read_file(fs, config, limits::kSigningConfigBytesMax));
  const std::string asked = TRY(add_timestamp_service(services, log), config.native());
  TRY(os::write_durably(fs, root, bytes_of(both)));
  TRY(os::write_durably(fs, config, bytes_of(asked)));
  TRY(store_timestamp_authority(fs, layout, *log.authority));
  return os::write_durably(fs, root, bytes_of(after));
}

}  // namespace

Result<Renewal> renew_timestamp_authority(const LogWorld& world, const os::Path& root) {
  const LogLayout layout(root);
  const auto lock = TRY(lock_log(world.fs, layout));
  const LogIdentity who = TRY(read_log_identity(world.fs, root));
  TRY(check_kind(who.config));
  const WallTime now = world.clock.now();
  const bool is_first = !TRY(os::exists(world.fs, layout.timestamp_chain()));
  const auto made = TRY(make_timestamp_authority(who.config.origin, now, world.random));
  TRY(put_in_place(world.fs, layout,
                   {.config = who.config, .key = who.key, .since = now, .authority = &made}));
  return Renewal{.config = who.config, .validity = made.validity(), .is_first = is_first};
}

}  // namespace tegula::logserver

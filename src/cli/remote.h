// What commands that talk to registries, hubs and web servers work with.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>

#include "cli/arguments.h"
#include "cli/session.h"
#include "sdk/model_finder.h"
#include "source/access.h"

namespace tegula::cli {

inline constexpr Flag kPlainHttpFlag{
    .name = "plain-http", .help = "no encryption, to registries that are not on this machine"};
inline constexpr Flag kLimitRateFlag{
    .name = "limit-rate", .value = "SIZE", .help = "bytes a second of all transfers, such as 2MiB"};

// With the flags above, and proxies, certificates, credentials and tokens from the environment.
Result<std::unique_ptr<source::Access>> open_access(const Arguments& arguments, Session& session);

// What is left out of a model is said as a warning.
Result<sdk::FinderContext> finder_context(Session& session);

}  // namespace tegula::cli

// What the commands that search a rekor log share: flags for what was signed and by whom, and how a
// found entry is shown.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "cli/session.h"
#include "codec/json.h"
#include "logserver/entry_filter.h"

namespace tegula::cli {

inline constexpr Flag kLogDigestFlag{
    .name = "digest", .value = "SHA256", .help = "of what was signed"};
inline constexpr Flag kLogSignerFlag{.name = "signer",
                                     .value = "FILE",
                                     .help = "signed by this public key (PEM)",
                                     .completes = "file"};
inline constexpr Flag kLogIdentityFlag{.name = "identity",
                                       .value = "NAME",
                                       .help = "signed with a certificate for this address or URI"};

Result<logserver::EntryFilter> entry_filter_of(const Arguments& arguments, Session& session);

codec::OrderedJson entry_json(std::uint64_t index, const logserver::HashedRekord& rekord);
std::string entry_line(std::uint64_t index, const logserver::HashedRekord& rekord);

}  // namespace tegula::cli

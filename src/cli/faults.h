// What verification found, for people and for --json.
#pragma once

#include "cli/session.h"
#include "content/store.h"

namespace tegula::cli {

codec::OrderedJson json_of(const content::Fault& fault);
codec::OrderedJson json_of(const content::VerifyReport& report);

// A line on stderr for each fault but the first, which the command returns as its error.
void say_faults(const content::VerifyReport& report, Session& session);

}  // namespace tegula::cli

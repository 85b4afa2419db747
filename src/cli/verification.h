// What the verifier found, for people and for --json.
#pragma once

#include <string>

#include "attest/verifier.h"
#include "codec/json.h"
#include "content/digest.h"

namespace tegula::cli {

std::string verification_page(const attest::Verification& verification,
                              const content::Digest& artifact);
codec::OrderedJson verification_json(const attest::Verification& verification,
                                     const content::Digest& artifact);

}  // namespace tegula::cli

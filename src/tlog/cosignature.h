// What a witness signs: that at a time, a checkpoint was the latest it had seen of a log, and
// consistent with all before (C2SP tlog-cosignature v1.0.1, cosignature/v1). The message could also
// be a note's text, so a witness's key signs nothing but cosignatures.
//
// Thread rule: free functions over values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/signer.h"

namespace tegula::tlog {

// "cosignature/v1\ntime <time>\n" and the checkpoint's text, without its signatures.
std::string cosigned_message(std::string_view checkpoint_text, std::uint64_t time_s);

// The signature of a note's line: the time, big-endian in 8 bytes, and 64 of Ed25519. Times are
// POSIX seconds; InvalidArgument for one beyond 2^63 - 1.
Result<Bytes> cosign(std::string_view checkpoint_text, std::uint64_t time_s,
                     const crypto::Signer& signer);

// The time of a good cosignature; Untrusted for any other.
Result<std::uint64_t> verify_cosignature(std::string_view checkpoint_text, ByteView signature,
                                         const crypto::Verifier& key);

}  // namespace tegula::tlog

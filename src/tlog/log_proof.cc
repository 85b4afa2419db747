#include "tlog/log_proof.h"

#include <optional>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"
#include "tlog/checkpoint.h"
#include "tlog/hash_text.h"
#include "tlog/lines.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

std::unexpected<Error> no_proof(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a proof of a log: {}", why));
}

Result<Bytes> parse_extra(std::string_view base64) {
  auto bytes = base64_decode(base64);
  if (!bytes || bytes->empty()) return no_proof("the extra data is not some in base64");
  if (bytes->size() > limits::kLogProofExtraBytesMax)
    return fail(Code::Exhausted, fmt::format("extra data of {} bytes, at most {}", bytes->size(),
                                             limits::kLogProofExtraBytesMax));
  return std::move(*bytes);
}

Result<std::uint64_t> parse_index(std::string_view line) {
  if (line.starts_with(kIndex))
    if (const auto index = parse_decimal(line.substr(kIndex.size()), limits::kLogSizeMax - 1))
      return *index;
  return no_proof(fmt::format("expected \"index\" and a number, got \"{}\"", printable(line)));
}

// Up to the empty line.
Result<Proof> take_hashes(std::string_view& text) {
  Proof out;
  while (true) {
    const auto line = take_line(text);
    if (!line) return no_proof("expected an empty line behind the hashes");
    if (line->empty()) return out;
    if (out.size() == limits::kLogProofHashesMax)
      return fail(Code::Exhausted,
                  fmt::format("a proof of more than {} hashes", limits::kLogProofHashesMax));
    out.push_back(TRY(parse_hash(*line)));
  }
}

}  // namespace

Result<LogProof> parse_log_proof(std::string_view text) {
  if (text.size() > limits::kLogProofBytesMax)
    return fail(Code::Exhausted, fmt::format("a proof of {} bytes, at most {}", text.size(),
                                             limits::kLogProofBytesMax));
  LogProof out;
  if (take_line(text) != kHeader)
    return no_proof(fmt::format("expected \"{}\" on the first line", kHeader));
  auto line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    out.extra = TRY(parse_extra(line->substr(kExtra.size())));
    line = take_line(text);
  }
  out.index = TRY(parse_index(line.value_or("")));
  out.proof = TRY(take_hashes(text));
  out.checkpoint = TRY(parse_note(text));
  TRY(parse_checkpoint(out.checkpoint.text));
  return out;
}

std::string encode(const LogProof& proof) {
  std::string out = fmt::format("{}\n", kHeader);
  if (!proof.extra.empty()) out += fmt::format("{}{}\n", kExtra, base64_encode(proof.extra));
  out += fmt::format("{}{}\n", kIndex, proof.index);
  for (const Hash256& hash : proof.proof) out += hash_text(hash) + "\n";
  return out + "\n" + encode(proof.checkpoint);
}

Result<AcceptedCheckpoint> verify_log_proof(const LogProof& proof, const Hash256& leaf,
                                            const Policy& policy) {
  AcceptedCheckpoint out = TRY(accept(policy, proof.checkpoint));
  TRY(verify_inclusion({.index = proof.index, .hash = leaf}, proof.proof, out.checkpoint.head));
  return out;
}

}  // namespace tegula::tlog

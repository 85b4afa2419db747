#include "logserver/cosign_request.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "tlog/hash_text.h"
#include "tlog/lines.h"

namespace tegula::logserver {
namespace {

std::unexpected<Error> no_request(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a request to cosign: {}", why));
}

}  // namespace

Result<CosignRequest> parse_cosign_request(std::string_view text) {
  if (text.size() > limits::kWitnessRequestBytesMax)
    return fail(Code::Exhausted, fmt::format("a request of {} bytes, at most {}", text.size(),
                                             limits::kWitnessRequestBytesMax));
  std::string_view first = tlog::take_line(text).value_or("");
  const auto word = tlog::take_word(first);
  const auto old_size = parse_decimal(first, limits::kLogSizeMax);
  if (word != "old" || !old_size) return no_request("expected a line \"old <size>\"");
  CosignRequest out{.old_size = *old_size};
  while (true) {
    const auto line = tlog::take_line(text);
    if (!line) return no_request("expected an empty line behind the proof");
    if (line->empty()) break;
    if (out.proof.size() == limits::kWitnessProofHashesMax)
      return fail(Code::Exhausted,
                  fmt::format("a proof of more than {} hashes", limits::kWitnessProofHashesMax));
    out.proof.push_back(TRY(tlog::parse_hash(*line)));
  }
  out.checkpoint = TRY(tlog::parse_note(text));
  return out;
}

std::string encode(const CosignRequest& request) {
  std::string out = fmt::format("old {}\n", request.old_size);
  for (const tlog::Hash256& hash : request.proof) out += tlog::hash_text(hash) + "\n";
  return out + "\n" + tlog::encode(request.checkpoint);
}

}  // namespace tegula::logserver

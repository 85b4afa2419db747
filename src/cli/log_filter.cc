#include "cli/log_filter.h"

#include <algorithm>

#include "base/hex.h"
#include "base/limits.h"
#include "base/printable.h"
#include "crypto/key.h"

namespace tegula::cli {
namespace {

using logserver::EntryFilter;
using logserver::HashedRekord;

Result<crypto::Hash256> parse_digest(std::string text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  crypto::Hash256 out;
  const auto bytes = hex_decode(text);
  if (!bytes || bytes->size() != out.size())
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is no digest", printable(text)),
                "sha256: and 64 hexadecimal characters");
  std::ranges::copy(*bytes, out.begin());
  return out;
}

}  // namespace

Result<EntryFilter> entry_filter_of(const Arguments& arguments, Session& session) {
  EntryFilter out;
  if (const auto digest = arguments.value(kLogDigestFlag.name))
    out.digest = TRY(parse_digest(*digest));
  if (const auto file = arguments.value(kLogSignerFlag.name)) {
    const std::string pem = TRY(os::read_file(session.files(), *file, limits::kKeyBytesMax));
    out.key = TRY(crypto::PublicKey::from_pem(pem), *file).der();
  }
  out.identity = arguments.value(kLogIdentityFlag.name).value_or("");
  return out;
}

codec::OrderedJson entry_json(std::uint64_t index, const HashedRekord& rekord) {
  return {{"index", index},
          {"digest", "sha256:" + hex_encode(rekord.digest)},
          {"identities", identities_of(rekord)},
          {"certificate", rekord.is_certificate}};
}

std::string entry_line(std::uint64_t index, const HashedRekord& rekord) {
  std::string out = fmt::format("{}  sha256:{}", index, hex_encode(rekord.digest));
  const std::vector<std::string> names = identities_of(rekord);
  for (const std::string& name : names) out += "  " + printable(name);
  return out + "\n";
}

}  // namespace tegula::cli

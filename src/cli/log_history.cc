#include "base/hex.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/entry_filter.h"
#include "logserver/monitor.h"

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
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Result<EntryFilter> filter_of(const Arguments& arguments, Session& session) {
  EntryFilter out;
  if (const auto digest = arguments.value("digest")) out.digest = TRY(parse_digest(*digest));
  if (const auto file = arguments.value("signer")) {
    const std::string pem = TRY(os::read_file(session.files(), *file, limits::kKeyBytesMax));
    out.key = TRY(crypto::PublicKey::from_pem(pem), *file).der();
  }
  out.identity = arguments.value("identity").value_or("");
  return out;
}

codec::OrderedJson json_of(std::uint64_t index, const HashedRekord& rekord) {
  return {{"index", index},
          {"digest", "sha256:" + hex_encode(rekord.digest)},
          {"identities", identities_of(rekord)},
          {"certificate", rekord.is_certificate}};
}

std::string line_of(std::uint64_t index, const HashedRekord& rekord) {
  std::string out = fmt::format("{}  sha256:{}", index, hex_encode(rekord.digest));
  const std::vector<std::string> names = identities_of(rekord);
  for (const std::string& name : names) out += "  " + printable(name);
  return out + "\n";
}

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const EntryFilter filter = TRY(filter_of(arguments, session));
  const auto now = TRY(logserver::observe(place.store, key, std::nullopt));
  const tlog::TreeHead head = now.now.checkpoint.head;
  codec::OrderedJson entries = codec::OrderedJson::array();
  TRY(logserver::read_entries(place.store, head, 0,
                              [&](std::uint64_t index, ByteView entry) -> Result<void> {
                                const auto rekord = logserver::parse_rekord_entry(text_of(entry));
                                if (!rekord || !matches(filter, *rekord)) return {};
                                if (arguments.has("json"))
                                  entries.push_back(json_of(index, *rekord));
                                else
                                  session.console().print(line_of(index, *rekord));
                                return session.stop().check();
                              }));
  if (arguments.has("json"))
    session.console().json({{"origin", key.name()}, {"size", head.size}, {"entries", entries}});
  return {};
}

}  // namespace

const Command kLogHistory = {
    .words = "log history",
    .summary = "Find what was signed in a rekor log, or by whom",
    .text =
        "Reads the whole log, each entry checked against the tree, and prints index, digest and "
        "identities of what\nfits all that is asked for; without anything, of every entry.",
    .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"}},
    .flags = {{.name = "digest", .value = "SHA256", .help = "of what was signed"},
              {.name = "signer",
               .value = "FILE",
               .help = "signed by this public key (PEM)",
               .completes = "file"},
              {.name = "identity",
               .value = "NAME",
               .help = "signed with a certificate for this address or URI"},
              kLogKeyFlag,
              kJsonFlag},
    .examples = {{"tegula log history --signer key.pub ~/log", {}}},
    .run = run,
};

}  // namespace tegula::cli

#include <optional>

#include "attest/service_url.h"
#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/log_layout.h"
#include "logserver/timestamp_files.h"
#include "logserver/trust_files.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kNoTimestamps = "no-timestamps";

// "VKEY URL"
Result<tlog::PolicyWitness> parse_witness(const std::string& text, std::size_t number) {
  const std::size_t blank = text.find(' ');
  tlog::NoteKey key = TRY(tlog::NoteKey::parse(text.substr(0, blank)));
  if (key.type() != tlog::SignatureType::Cosignature)
    return fail(Code::InvalidArgument, fmt::format("{} is no witness's key", key.name()),
                "`tegula witness init` says the key of a witness");
  std::string url = blank == text.npos ? "" : text.substr(blank + 1);
  if (!url.empty()) TRY(net::Url::parse(url));
  return tlog::PolicyWitness{
      .name = fmt::format("w{}", number), .key = std::move(key), .url = std::move(url)};
}

// One group of all witnesses, of which so many must have seen a checkpoint.
Result<tlog::Policy> policy_of(const Arguments& arguments) {
  tlog::Policy out;
  tlog::PolicyGroup group{.name = "witnesses", .threshold = 0, .members = {}};
  for (const std::string& text : arguments.values("witness")) {
    group.members.push_back({.place = out.witnesses.size()});
    out.witnesses.push_back(TRY(parse_witness(text, out.witnesses.size() + 1)));
  }
  const auto count = static_cast<std::int64_t>(out.witnesses.size());
  const std::int64_t quorum =
      TRY(arguments.integer("quorum", 0, limits::kPolicyEntriesMax)).value_or(count);
  if (quorum > count)
    return fail(
        Code::InvalidArgument,
        fmt::format("--quorum: {} witnesses are asked for, and {} are named", quorum, count),
        "name each with --witness \"VKEY URL\"");
  if (quorum == 0) return out;
  group.threshold = static_cast<std::size_t>(quorum);
  out.groups.push_back(std::move(group));
  out.quorum = {.kind = tlog::PolicyMember::Kind::Group, .place = 0};
  return out;
}

Result<void> write_trust(const logserver::LogLayout& layout, const logserver::PublicLog& log,
                         Session& session) {
  TRY(os::write_durably(session.files(), layout.trusted_root(), bytes_of(trusted_root_json(log))));
  return os::write_durably(session.files(), layout.signing_config(),
                           bytes_of(signing_config_json(log)));
}

// Only Rekor logs have one: Sigstore's tools want a time beside the entry.
Result<std::optional<crypto::TimestampAuthority>> make_authority(const logserver::LogConfig& config,
                                                                 const Arguments& arguments,
                                                                 Session& session) {
  if (config.kind != logserver::LogKind::Rekor || arguments.has(kNoTimestamps)) return std::nullopt;
  auto out =
      logserver::make_timestamp_authority(config.origin, session.clock().now(), session.random());
  if (out) return std::move(*out);
  return fail(out.error().code, out.error().text, fmt::format("or --{}", kNoTimestamps));
}

// The authority, and the files of those who trust the log. What an interrupted `log init` left
// counts for nothing: nobody trusts it yet, nor has its key stamped anything.
Result<void> add_companions(const logserver::PublicLog& log, const logserver::LogLayout& layout,
                            Session& session) {
  if (log.config.kind != logserver::LogKind::Rekor) return {};
  for (const os::Path& left : {layout.timestamp_chain(), layout.timestamp_key()})
    if (TRY(os::exists(session.files(), left))) TRY(session.files().remove(left));
  if (log.authority != nullptr)
    TRY(store_timestamp_authority(session.files(), layout, *log.authority));
  return write_trust(layout, log, session);
}

// The name of a rekor log is that of the host at which clients reach it.
Result<void> check_host(const logserver::LogConfig& config) {
  if (!logserver::is_host_name(config.origin))
    return fail(Code::InvalidArgument,
                fmt::format("a rekor log can't be called \"{}\"", config.origin),
                "a bare host name, since Sigstore's tools take the host of its address for it");
  if (config.url.empty()) return {};
  const std::string host = attest::url_host(config.url);
  if (host == config.origin) return {};
  return fail(
      Code::InvalidArgument,
      fmt::format("a rekor log at {} can't be called \"{}\"", host, config.origin),
      fmt::format("--origin {}: Sigstore's tools take the host of its address for its name", host));
}

Result<logserver::LogConfig> config_of(const Arguments& arguments) {
  logserver::LogConfig out;
  out.kind = TRY(logserver::parse_log_kind(arguments.value("kind").value_or("rekor")));
  out.origin = arguments.value("origin").value_or("");
  out.url = arguments.value("url").value_or("");
  if (!out.url.empty()) TRY(net::Url::parse(out.url));
  if (out.origin.empty())
    return fail(Code::InvalidArgument, "the log's name is missing", "--origin log.example.com");
  if (out.kind == logserver::LogKind::Rekor) TRY(check_host(out));
  return out;
}

Result<void> run(const Arguments& arguments, Session& session) {
  const os::Path root = arguments.positional(0);
  const logserver::LogConfig config = TRY(config_of(arguments));
  const tlog::Policy policy = TRY(policy_of(arguments));
  const auto authority = TRY(make_authority(config, arguments, session));
  const auto companions = [&](const tlog::NoteKey& made) {
    return add_companions({.config = config,
                           .key = made,
                           .since = session.clock().now(),
                           .authority = authority ? &*authority : nullptr},
                          logserver::LogLayout(root), session);
  };
  const tlog::NoteKey key = TRY(logserver::create_log(
      {session.files(), session.clock(), session.random()}, root, config, policy, companions));
  if (arguments.has("json")) {
    session.console().json({{"folder", root.string()},
                            {"kind", name_of(config.kind)},
                            {"origin", config.origin},
                            {"timestamps", authority.has_value()},
                            {"key", key.str()}});
    return {};
  }
  session.console().print(key.str() + "\n");
  session.console().say(fmt::format("a {} log in {}; its key, which clients need, is above",
                                    name_of(config.kind), root.string()));
  return {};
}

}  // namespace

Command describe_log_init() {
  return {
      .summary = "Make a transparency log",
      .text =
          "Makes a key, an empty tree, and a policy that names its witnesses. Prints the log's "
          "key.\n"
          "A rekor log takes signatures (hashedrekord) from Sigstore's tools, gets the files that "
          "those need, and\na timestamp authority beside it; a generic one takes any bytes.\n"
          "FOLDER/public is the log itself, and any web server can serve it.",
      .positionals = {{.name = "FOLDER", .help = "a new folder", .completes = "folder"}},
      .flags = {{.name = "kind",
                 .value = "KIND",
                 .help = "rekor or generic",
                 .fallback = "rekor",
                 .completes = "rekor generic"},
                {.name = "origin", .value = "NAME", .help = "its name: a host name"},
                {.name = "url", .value = "URL", .help = "where clients will reach it"},
                {.name = "witness",
                 .value = "\"VKEY URL\"",
                 .help = "a witness to ask before publishing",
                 .repeats = true},
                {.name = "quorum",
                 .value = "N",
                 .help = "publish when N of the witnesses have cosigned",
                 .fallback = "all"},
                {.name = kNoTimestamps, .help = "of a rekor log: without a timestamp authority"},
                kJsonFlag},
      .examples = {{"tegula log init --origin log.example.com ~/log", {}},
                   {"tegula log init --kind generic --origin notes.example.com ~/notes", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

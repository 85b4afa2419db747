#include "base/printable.h"
#include "cli/commands.h"
#include "cli/log_place.h"
#include "tlog/log_proof.h"

namespace tegula::cli {
namespace {

Result<tlog::Policy> policy_of(const Arguments& arguments, Session& session) {
  const auto file = arguments.value("policy");
  const auto vkey = arguments.value(kLogKeyFlag.name);
  if (file.has_value() == vkey.has_value())
    return fail(Code::InvalidArgument, "which logs are to be believed?",
                "--key VKEY, or --policy FILE with witnesses");
  if (file)
    return tlog::parse_policy(TRY(os::read_file(session.files(), *file, limits::kPolicyBytesMax)));
  tlog::NoteKey key = TRY(tlog::NoteKey::parse(*vkey));
  tlog::Policy out;
  out.logs.push_back({.key = std::move(key), .url = {}});
  return out;
}

Result<void> run(const Arguments& arguments, Session& session) {
  const tlog::Policy policy = TRY(policy_of(arguments, session));
  const std::string text =
      TRY(os::read_file(session.files(), arguments.positional(0), limits::kLogProofBytesMax));
  const tlog::LogProof proof = TRY(tlog::parse_log_proof(text), arguments.positional(0));
  const std::string entry =
      TRY(read_entry_file(arguments.positional(1), limits::kLogEntryBytesMax, session));
  const auto accepted =
      TRY(tlog::verify_log_proof(proof, tlog::leaf_hash(bytes_of(entry)), policy));
  codec::OrderedJson witnesses = codec::OrderedJson::array();
  std::string seen_by;
  for (const tlog::WitnessedAt& one : accepted.witnesses) {
    witnesses.push_back({{"name", one.witness}, {"time", one.time_s}});
    seen_by += (seen_by.empty() ? ", seen by " : ", ") + printable(one.witness);
  }
  const tlog::Checkpoint& checkpoint = accepted.checkpoint;
  if (arguments.has("json")) {
    session.console().json({{"verified", true},
                            {"origin", checkpoint.origin},
                            {"index", proof.index},
                            {"size", checkpoint.head.size},
                            {"witnesses", witnesses}});
    return {};
  }
  session.console().print(fmt::format("{}: entry {} of {} in {}{}\n",
                                      session.console().green("verified"), proof.index,
                                      checkpoint.head.size, printable(checkpoint.origin), seen_by));
  return {};
}

}  // namespace

Command describe_log_verify() {
  return {
      .summary = "Check a proof of `log prove`, offline",
      .text =
          "Exits with 4 unless FILE is in a log that is believed, and its witnesses have seen it.",
      .positionals = {{.name = "PROOF", .help = "a file", .completes = "file"},
                      {.name = "FILE", .help = "the entry; - for stdin", .completes = "file"}},
      .flags = {kLogKeyFlag,
                {.name = "policy",
                 .value = "FILE",
                 .help = "logs, witnesses and a quorum (C2SP tlog-policy)",
                 .completes = "file"},
                kJsonFlag},
      .examples = {{"tegula log verify --policy ~/notes/policy release.txt.tlog-proof release.txt",
                    {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

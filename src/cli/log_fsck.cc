#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/fsck.h"
#include "logserver/log_layout.h"
#include "tlog/policy.h"

namespace tegula::cli {
namespace {

// The record of what was signed, where there is one.
Result<logserver::OwnRecord> read_record(const LogPlace& place, Session& session) {
  logserver::OwnRecord out;
  if (!place.is_folder) return out;
  const logserver::LogLayout layout(place.name);
  if (!TRY(os::exists(session.files(), layout.record()))) return out;
  out.text = TRY(os::read_file(session.files(), layout.record(), limits::kLogConfigBytesMax));
  const std::string text =
      TRY(os::read_file(session.files(), layout.policy(), limits::kPolicyBytesMax));
  const auto policy = TRY(tlog::parse_policy(text), layout.policy().native());
  out.waits_for_witnesses = policy.quorum.has_value();
  return out;
}

std::string sentence_of(const logserver::FsckReport& report, Console& console) {
  std::string out = fmt::format("{}: {} entries, {} files, every byte checked",
                                console.green("sound"), report.size, report.files);
  if (!report.is_published)
    out += report.size == 0 ? "; no checkpoint yet: nothing was published"
                            : "; no checkpoint yet: they wait for the log's witnesses";
  return out + "\n";
}

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const auto record = [&] { return read_record(place, session); };
  const auto report =
      TRY(logserver::check_log(place.store, key, record, session.progress(), session.stop()));
  codec::OrderedJson faults = codec::OrderedJson::array();
  for (const logserver::LogFault& fault : report.faults) {
    faults.push_back({{"kind", name_of(fault.kind)}, {"path", fault.path}, {"text", fault.text}});
    if (!arguments.has("json"))
      session.console().say(
          fmt::format("tegula: fault: {} {}: {}", name_of(fault.kind), fault.path, fault.text));
  }
  if (arguments.has("json"))
    session.console().json({{"size", report.size},
                            {"files", report.files},
                            {"published", report.is_published},
                            {"faults", faults}});
  if (!report.is_good())
    return fail(
        Code::Corrupt,
        fmt::format("{} is {}", report.faults.front().path, name_of(report.faults.front().kind)),
        "restore that file from a copy of the log: nothing else may change");
  if (!arguments.has("json")) session.console().print(sentence_of(report, session.console()));
  return {};
}

}  // namespace

Command describe_log_fsck() {
  return {
      .summary = "Check every byte of a log",
      .text =
          "Names each file that is missing, truncated, damaged or forged; exits with 4 if one is.",
      .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"}},
      .flags = {kLogKeyFlag, kJsonFlag},
      .examples = {{"tegula log fsck ~/log", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

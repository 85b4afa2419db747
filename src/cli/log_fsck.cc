#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/fsck.h"
#include "logserver/log_layout.h"

namespace tegula::cli {
namespace {

// The record of what was signed, where there is one.
Result<std::optional<std::string>> read_record(const LogPlace& place, Session& session) {
  if (!place.is_folder) return std::nullopt;
  const os::Path path = logserver::LogLayout(place.name).record();
  if (!TRY(os::exists(session.files(), path))) return std::nullopt;
  return TRY(os::read_file(session.files(), path, limits::kLogConfigBytesMax));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const auto record = TRY(read_record(place, session));
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
    session.console().json({{"size", report.size}, {"files", report.files}, {"faults", faults}});
  if (!report.is_good())
    return fail(
        Code::Corrupt,
        fmt::format("{} is {}", report.faults.front().path, name_of(report.faults.front().kind)),
        "restore that file from a copy of the log: nothing else may change");
  if (!arguments.has("json"))
    session.console().print(fmt::format("{}: {} entries, {} files, every byte checked\n",
                                        session.console().green("sound"), report.size,
                                        report.files));
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

#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/hashed_rekord.h"

namespace tegula::cli {
namespace {

struct Added {
  std::string file;
  std::uint64_t index = 0;
  bool is_new = false;
};

Result<Bytes> entry_of_file(const std::string& file, logserver::LogKind kind, Session& session) {
  const bool is_rekor = kind == logserver::LogKind::Rekor;
  std::string text = TRY(read_entry_file(
      file, is_rekor ? limits::kRekorRequestBytesMax : limits::kLogEntryBytesMax, session));
  if (is_rekor) text = entry_of(TRY(logserver::parse_rekor_request(text), file));
  const ByteView bytes = bytes_of(text);
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::vector<Added>> add(const Arguments& arguments, logserver::Log& log, Session& session) {
  const auto files = arguments.positionals().subspan(1);
  std::vector<Result<logserver::Placed>> placed(files.size(), fail(Code::Internal, "no answer"));
  std::vector<Bytes> entries;
  for (const std::string& file : files)
    entries.push_back(TRY(entry_of_file(file, log.identity().config.kind, session)));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool taken = log.sequencer().add(
        std::move(entries[i]), [&placed, i](const auto& answer) { placed[i] = answer; });
    if (!taken) return fail(Code::Exhausted, "too many files at once", "add them in parts");
  }
  while (TRY(log.sequence()) > 0) continue;  // a round takes so many and no more
  std::vector<Added> out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const logserver::Placed place = TRY(std::move(placed[i]), files[i]);
    out.push_back({files[i], place.index, !place.is_duplicate});
  }
  return out;
}

Result<void> run(const Arguments& arguments, Session& session) {
  const OpenLog open = TRY(open_log(arguments.positional(0), session));
  const std::vector<Added> added = TRY(add(arguments, *open.log, session));
  codec::OrderedJson list = codec::OrderedJson::array();
  for (const Added& one : added) {
    list.push_back({{"file", one.file}, {"index", one.index}, {"new", one.is_new}});
    if (!arguments.has("json"))
      session.console().print(
          fmt::format("{}{}\n", one.index, one.is_new ? "" : "  was there already"));
  }
  if (arguments.has("json")) session.console().json({{"entries", list}});
  TRY(session.console().flush());
  TRY(open.log->publish(session.stop()));
  return {};
}

}  // namespace

Command describe_log_add() {
  return {
      .summary = "Put files into a log that nobody serves",
      .text =
          "Prints the index of each, and publishes. In a rekor log each file is a request as "
          "POST /api/v2/log/entries\ntakes it. A log that is being served takes entries over HTTP.",
      .positionals =
          {{.name = "FOLDER", .help = "made by `log init`", .completes = "folder"},
           {.name = "FILE", .help = "an entry; - for stdin", .repeats = true, .completes = "file"}},
      .flags = {kJsonFlag},
      .examples = {{"tegula log add ~/notes release.txt", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

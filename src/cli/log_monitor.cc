#include <unistd.h>

#include "base/hex.h"
#include "base/printable.h"
#include "base/wait.h"
#include "cli/commands.h"
#include "cli/log_filter.h"
#include "cli/log_place.h"
#include "logserver/monitor.h"
#include "os/process.h"

namespace tegula::cli {
namespace {

constexpr std::int64_t kEverySecondsMax = 7 * 24 * 3600;

// What one look at the log found.
struct Sighting {
  logserver::Observation observation;
  codec::OrderedJson entries = codec::OrderedJson::array();
};

// What can't be reached or isn't there may be back by the next look; a fork stays one.
bool may_pass(Code code) {
  return code == Code::Unavailable || code == Code::NotFound || code == Code::DiskFull;
}

class Monitor {
 public:
  Monitor(const Arguments& arguments, Session& session, LogPlace place, tlog::NoteKey key,
          os::Path state, logserver::EntryFilter filter)
      : arguments_(arguments),
        session_(session),
        place_(std::move(place)),
        key_(std::move(key)),
        state_(std::move(state)),
        filter_(std::move(filter)) {}

  // A fork is told to the command too, before it ends this one.
  Result<void> look() {
    auto seen = observe();
    if (!seen && seen.error().code == Code::Untrusted) {
      const auto told = run_command({}, seen.error().text);
      if (!told) session_.console().warn(told.error().text);
    }
    const Sighting sighting = TRY(std::move(seen));
    tell(sighting);
    if (!sighting.entries.empty()) TRY(run_command(sighting, ""));
    // Remembered only after it was told: better twice than never.
    TRY(session_.console().flush());
    return os::write_durably(session_.files(), state_, bytes_of(sighting.observation.note));
  }

 private:
  Result<Sighting> observe() {
    std::optional<std::string> before;
    if (TRY(os::exists(session_.files(), state_))) before = TRY(read_state());
    Sighting out;
    out.observation = TRY(logserver::observe(place_.store, key_, before));
    TRY(logserver::read_entries(place_.store, out.observation.now.checkpoint.head,
                                out.observation.old_size,
                                [&](std::uint64_t index, ByteView entry) -> Result<void> {
                                  add(index, entry, out);
                                  return session_.stop().check();
                                }));
    return out;
  }

  // What can't be used here is a file of the user's, and no fork.
  Result<std::string> read_state() const {
    std::string note = TRY(os::read_file(session_.files(), state_, limits::kNoteBytesMax));
    const auto seen = logserver::read_signed_checkpoint(note, key_);
    if (seen) return note;
    return fail(Code::InvalidArgument,
                fmt::format("the state file \"{}\" has no checkpoint of {}: {}",
                            printable(state_.string()), printable(key_.name()), seen.error().text),
                "name another file if it is another log's; if it is damaged, put a copy back: "
                "without it, the log is looked at as if for the first time");
  }

  // Whoever looks for nothing special sees every entry, of any kind of log.
  void add(std::uint64_t index, ByteView entry, Sighting& out) {
    const auto rekord = logserver::parse_rekord_entry(text_of(entry));
    if (!filter_.is_empty() && (!rekord || !matches(filter_, *rekord))) return;
    codec::OrderedJson json = {
        {"index", index}, {"leaf", hex_encode(tlog::leaf_hash(entry))}, {"bytes", entry.size()}};
    if (rekord) json.update(entry_json(index, *rekord));
    out.entries.push_back(std::move(json));
  }

  void tell(const Sighting& sighting) {
    const logserver::Observation& now = sighting.observation;
    if (arguments_.has("json")) {
      session_.console().json({{"origin", key_.name()},
                               {"old_size", now.old_size},
                               {"size", now.now.checkpoint.head.size},
                               {"entries", sighting.entries}});
      return;
    }
    for (const codec::OrderedJson& one : sighting.entries)
      session_.console().print(fmt::format("{}  {}  {}\n", one["index"].get<std::uint64_t>(),
                                           one["leaf"].get<std::string>(),
                                           one["bytes"].get<std::uint64_t>()));
  }

  std::string variable(std::string_view name) const {
    return fmt::format("{}={}", name, session_.environment().get(name).value_or(""));
  }

  Result<void> run_command(const std::optional<Sighting>& sighting, const std::string& fork) {
    const auto command = arguments_.value("command");
    if (!command) return {};
    TRY(session_.console().flush());
    os::ProcessSpec spec{.program = "/bin/sh", .arguments = {"-c", *command}};
    spec.environment = {variable("PATH"), variable("HOME"), "TEGULA_LOG=" + key_.name(),
                        fmt::format("TEGULA_LOG_NEW={}", sighting ? sighting->entries.size() : 0),
                        "TEGULA_LOG_FORK=" + fork};
    spec.descriptors = {-1, STDOUT_FILENO, STDERR_FILENO};
    os::Process process = TRY(os::Process::spawn(spec));
    const os::ExitStatus status = TRY(process.wait(session_.stop()));
    if (status.ok()) return {};
    return fail(Code::Unavailable, fmt::format("the command {}", describe(status)),
                "the entries count as unseen");
  }

  const Arguments& arguments_;
  Session& session_;
  const LogPlace place_;
  const tlog::NoteKey key_;
  const os::Path state_;
  const logserver::EntryFilter filter_;
};

Result<void> run(const Arguments& arguments, Session& session) {
  LogPlace place = TRY(find_log(arguments.positional(0), session));
  tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const auto state = arguments.value("state");
  if (!state)
    return fail(Code::InvalidArgument, "where is the last checkpoint remembered?",
                "--state FILE; it is made at the first time");
  const auto every = TRY(arguments.integer("every", 1, kEverySecondsMax));
  logserver::EntryFilter filter = TRY(entry_filter_of(arguments, session));
  Monitor monitor(arguments, session, std::move(place), std::move(key), *state, std::move(filter));
  if (!every) return monitor.look();
  for (;;) {
    if (const auto looked = monitor.look(); !looked) {
      if (!may_pass(looked.error().code)) return looked;
      session.console().warn(looked.error().text);
    }
    TRY(wait_for(std::chrono::seconds(*every), session.stop()));
  }
}

}  // namespace

Command describe_log_monitor() {
  return {
      .summary = "Say what is new in a log, and notice forks",
      .text =
          "Checks that the log continues the checkpoint in the state file, prints index, leaf hash "
          "and size of each\nnew entry that fits, and remembers the new checkpoint. Exits with 4 "
          "if "
          "the log has shown two histories; the\nstate file then stays as it was.\n\n"
          "A command runs when there is something new that fits, with TEGULA_LOG (the log's name) "
          "and TEGULA_LOG_NEW\n(how many) in its environment; and at a fork, with TEGULA_LOG_FORK "
          "saying which.",
      .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"}},
      .flags = {{.name = "state",
                 .value = "FILE",
                 .help = "the last checkpoint that was seen",
                 .completes = "file"},
                kLogDigestFlag,
                kLogSignerFlag,
                kLogIdentityFlag,
                {.name = "command", .value = "COMMAND", .help = "for the shell, if there is news"},
                {.name = "every", .value = "SECONDS", .help = "look again and again, until Ctrl-C"},
                kLogKeyFlag,
                kJsonFlag},
      .examples = {{"tegula log monitor --key VKEY --state seen https://log.example.com", {}},
                   {"tegula log monitor --state seen --signer me.pub --command 'mail -s signed me' "
                    "~/log",
                    {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

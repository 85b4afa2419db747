#include <memory>
#include <mutex>

#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/log_routes.h"
#include "logserver/log_runner.h"
#include "logserver/timestamp_files.h"
#include "logserver/timestamp_routes.h"

namespace tegula::cli {
namespace {

constexpr std::int64_t kGapMsMax = 600'000;
constexpr std::chrono::days kWarnedBefore{30};

// What went wrong, once until something else does: a witness that is down is down every time.
class Complaints {
 public:
  explicit Complaints(Console& console) : console_(console) {}

  void add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(last_, text) != text) console_.warn(text);
  }

 private:
  Console& console_;
  std::mutex mutex_;
  std::string last_;
};

// Nothing if the log has no timestamp authority.
Result<std::unique_ptr<logserver::TimestampService>> open_timestamps(
    const logserver::LogLayout& layout, Session& session) {
  auto authority = TRY(logserver::load_timestamp_authority(session.files(), layout));
  if (!authority) return nullptr;
  return std::make_unique<logserver::TimestampService>(std::move(*authority), session.clock(),
                                                       session.random());
}

// A certificate that nears its end, once a day.
void warn_of_end(const logserver::TimestampService& stamps, WallTime now, Complaints& complaints) {
  const WallTime end{std::chrono::seconds(stamps.authority().validity().not_after_s)};
  if (end - now > kWarnedBefore) return;
  const auto days = std::chrono::floor<std::chrono::days>(end - now).count();
  const std::string when =
      days < 0 ? "has ended" : fmt::format("ends in {} day{}", days, days == 1 ? "" : "s");
  complaints.add(fmt::format(
      "the timestamp authority's certificate {}; `tegula log renew-authority` makes a new one",
      when));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const auto gap = TRY(arguments.integer("checkpoint-gap", 10, kGapMsMax));
  logserver::Pace pace;
  if (gap) pace.checkpoint_gap = std::chrono::milliseconds(*gap);
  const os::Path root = arguments.positional(0);
  const OpenLog open = TRY(open_log(root, session));
  const auto stamps = TRY(open_timestamps(logserver::LogLayout(root), session));
  Complaints complaints(session.console()), about_end(session.console());
  const logserver::LogRunner runner(*open.log, session.clock(), pace,
                                    [&](const Error& error) { complaints.add(error.text); });
  net::ServerHandler handler = logserver::log_handler(*open.log);
  if (stamps != nullptr) handler = logserver::timestamp_handler(*stamps, std::move(handler));
  return serve_until_stopped(arguments, {.body_bytes_max = limits::kRekorRequestBytesMax},
                             std::move(handler), session, [&] {
                               if (stamps != nullptr)
                                 warn_of_end(*stamps, session.clock().now(), about_end);
                             });
}

}  // namespace

Command describe_log_serve() {
  return {
      .summary = "Serve a log and take entries",
      .text =
          "Takes entries, and answers each when it is on disk and under a signed checkpoint. "
          "Stamps "
          "the time on\nwhatever it is asked to, if the log has a timestamp authority. Speaks "
          "plain "
          "HTTP: put a proxy with TLS\nin front of it where others can reach it.",
      .positionals = {{.name = "FOLDER", .help = "made by `log init`", .completes = "folder"}},
      .flags = {kListenFlag,
                {.name = "checkpoint-gap",
                 .value = "MS",
                 .help = "milliseconds between two checkpoints",
                 .fallback = "250"}},
      .examples = {{"tegula log serve ~/log --listen 127.0.0.1:3000", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

#include "infer/perimeter.h"

#include "cli/session.h"
#include "cli/commands.h"

namespace tegula::cli {
namespace {

codec::OrderedJson json_of(const infer::PerimeterReport& report) {
  codec::OrderedJson barriers = codec::OrderedJson::array();
  codec::OrderedJson attempts = codec::OrderedJson::array();
  for (const os::BarrierState& state : report.barriers) {
    barriers.push_back({{"name", os::barrier_name(state.barrier)},
                        {"enforced", state.enforced},
                        {"detail", state.detail}});
  }
  for (const infer::Attempt& attempt : report.attempts) {
    attempts.push_back({{"name", attempt.name},
                        {"what", attempt.what},
                        {"stopped", attempt.stopped},
                        {"mechanism", attempt.mechanism},
                        {"errno", text_or_null(attempt.error_name)}});
  }
  return {{"holds", report.holds()}, {"barriers", barriers}, {"attempts", attempts}};
}

std::string table_of(const infer::PerimeterReport& report) {
  std::vector<std::vector<std::string>> barriers = {{"BARRIER", "STATE"}};
  for (const os::BarrierState& state : report.barriers) {
    barriers.push_back({std::string(os::barrier_name(state.barrier)),
                        (state.enforced ? "enforced: " : "not here: ") + state.detail});
  }
  std::vector<std::vector<std::string>> attempts = {{"ATTEMPT", "STOPPED BY", "ERRNO", "RESULT"}};
  for (const infer::Attempt& attempt : report.attempts) {
    attempts.push_back({attempt.what, attempt.mechanism, attempt.error_name,
                        attempt.stopped ? "stopped" : "GOT OUT"});
  }
  return columns(barriers) + "\n" + columns(attempts);
}

Result<void> run(const Arguments& arguments, Session& session) {
  const infer::EngineHost host = TRY(session.engine_host());
  const config::Folders folders = TRY(session.folders());
  const infer::ProbeTargets targets{.home = folders.home};
  const infer::PerimeterReport report = TRY(infer::probe_perimeter(host, targets, session.stop()));
  if (arguments.has("json")) {
    session.console().json(json_of(report));
  } else {
    session.console().print(table_of(report));
  }
  if (report.holds()) return {};
  const std::vector<std::string> faults = report.faults();
  return fail(Code::Untrusted, fmt::format("the perimeter does not hold: {}",
                                           faults.empty() ? "an attempt got out" : faults.front()));
}

}  // namespace

Command describe_perimeter() {
  return {
      .summary = "Prove that an engine cannot get out",
      .text =
          "Starts the engine's own program the way a model is started, and lets it try: internet, "
          "netlink and\nUnix sockets, your home folder, writing, other programs. Exits with 4 if "
          "anything succeeds.\nWhat this machine cannot enforce is listed.",
      .flags = {kJsonFlag},
      .examples = {{"tegula perimeter", {}}, {"tegula perimeter --json", "for an attestation"}},
      .run = run,
  };
}

}  // namespace tegula::cli

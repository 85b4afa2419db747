// The proof of the perimeter: the engine's own program, through its own start-up path, tries to
// break out and says what stopped it. docs/reference/perimeter.md.
//
// Thread rule: values and free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "infer/engine_process.h"
#include "os/sandbox.h"

namespace tegula::infer {

struct Attempt {
  std::string name{};  // "internet", "unix_connect", "read_home", …
  std::string what{};  // for people: "connect to 192.0.2.1 port 443"
  bool stopped = false;
  std::string mechanism{};   // "seccomp", "landlock", "limits", …; empty if not stopped
  std::string error_name{};  // "ENOSYS"; empty if not stopped
};

struct PerimeterReport {
  std::vector<os::BarrierState> barriers{};  // one for each of os::kAllBarriers
  std::vector<Attempt> attempts{};

  // Nothing got out.
  bool holds() const;

  // One line for each attempt that succeeded and each barrier that is not there.
  std::vector<std::string> faults() const;
};

struct ProbeTargets {
  std::filesystem::path home{};  // a file in it that must stay unreadable is made and removed
};

// Starts host.program with the settings of a real engine and no model. An attempt that succeeds is
// no error: the report says so.
Result<PerimeterReport> probe_perimeter(const EngineHost& host, const ProbeTargets& targets,
                                        const Stop& stop);

}  // namespace tegula::infer

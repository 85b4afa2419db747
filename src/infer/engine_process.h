// An Engine in a child process, `tegula-engine`, inside the perimeter. docs/reference/engine.md is
// the protocol between the two.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "infer/engine.h"
#include "os/sandbox.h"

namespace tegula::infer {

struct EngineHost {
  std::filesystem::path program{};     // tegula-engine
  std::filesystem::path run_folder{};  // exists; each engine makes a folder of mode 0700 in it
  std::filesystem::path
      log_file{};  // what the engine says, the newest kEngineLogBytesMax; empty: none
  std::vector<std::string> environment{};  // "TZ=…" if the user has one: templates ask for the date
  const Clock* clock = nullptr;
  Random* random = nullptr;

  // What the engine enters; all in the product, fewer only in the tests of the perimeter.
  std::vector<os::Barrier> barriers{std::begin(os::kAllBarriers), std::end(os::kAllBarriers)};

  // The start fails on a machine that cannot enforce one of these; of the others
  // EngineInfo::perimeter says it.
  std::vector<os::Barrier> required{os::Barrier::NoNewPrivileges, os::Barrier::Seccomp};
};

class ProcessEngine final : public Engine {
 public:
  // Returns once the engine answers requests. Unavailable if it died, with its last words.
  static Result<std::unique_ptr<ProcessEngine>> start(const EngineSettings& settings,
                                                      const EngineHost& host, const Stop& stop);
  ~ProcessEngine() override;  // ends the child and removes its folder

  const EngineInfo& info() const override;
  Result<Answer> chat(const ChatRequest& request, const PieceSink& sink, const Stop& stop) override;
  Result<Answer> complete(const CompletionRequest& request, const PieceSink& sink,
                          const Stop& stop) override;
  Result<std::uint32_t> count_tokens(const ChatRequest& request, const Stop& stop) override;

  int process_id() const;
  std::filesystem::path socket_path() const;

 private:
  struct State;
  explicit ProcessEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tegula::infer

// From a verified model to a running engine: verify → fit → perimeter → engine, in one place for
// the command line, the SDK and the daemon.
//
// Thread rule: free functions.
#pragma once

#include <memory>

#include "config/config.h"
#include "infer/engine_library.h"
#include "infer/engine_process.h"
#include "infer/estimate.h"
#include "launch/sampling.h"
#include "launch/verified_model.h"

namespace tegula::launch {

// What this machine gives to a model.
struct Machine {
  std::uint64_t memory_bytes = 0;  // that a model may take
  std::uint32_t threads = 0;       // 0: one per physical core
};

// As config.toml limits it; else what is free now.
Result<Machine> machine_of(const config::Config& config);

struct Plan {
  infer::EngineSettings settings;  // descriptors borrowed from the VerifiedModel
  infer::Estimate estimate;
};

// Decides context and memory before anything loads. `parameters` are the model's, with the user's
// on top. Errors: as fit_to_machine and apply_load_parameters.
Result<Plan> plan(const VerifiedModel& model, const Parameters& parameters, const Machine& machine);

// Returns once the engine answers.
Result<std::unique_ptr<infer::Engine>> start(const Plan& plan, const infer::EngineHost& host,
                                             const Stop& stop);

// The same within this process: no perimeter, and no limit on memory but what was planned.
Result<std::unique_ptr<infer::Engine>> start(const Plan& plan, const infer::LibraryHost& host,
                                             const Stop& stop);

}  // namespace tegula::launch

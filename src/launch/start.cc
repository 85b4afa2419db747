#include "launch/start.h"

#include <fmt/format.h>

#include "launch/fit.h"
#include "launch/shape.h"
#include "os/memory.h"

namespace tegula::launch {
namespace {

infer::EngineSettings settings_of(const VerifiedModel& model, const Machine& machine) {
  infer::EngineSettings out;
  out.model = model.model.blob.file().descriptor();
  for (std::size_t i = 0; i < model.adapters.size(); ++i)
    out.adapters.push_back({model.adapters[i].blob.file().descriptor(),
                            static_cast<float>(model.settings.adapters[i].scale)});
  if (model.draft) out.draft_model = model.draft->blob.file().descriptor();
  out.name = model.reference.str();
  out.threads = machine.threads;
  out.chat_template = model.chat_template;
  return out;
}

}  // namespace

Result<Machine> machine_of(const config::Config& config) {
  Machine out;
  out.memory_bytes = TRY(config::parse_size(config.get_text("engine.memory")));
  if (out.memory_bytes == 0) out.memory_bytes = TRY(os::memory_state()).available_bytes;
  out.threads = static_cast<std::uint32_t>(config.get_int("engine.threads"));
  return out;
}

Result<Plan> plan(const VerifiedModel& model, const Parameters& parameters,
                  const Machine& machine) {
  Plan out{settings_of(model, machine), {}};
  TRY(apply_load_parameters(parameters, out.settings));

  FitRequest request;
  request.context = TRY(requested_context(parameters));
  request.available_bytes = machine.memory_bytes;
  request.options.batch = out.settings.batch;
  request.options.micro_batch = out.settings.micro_batch;
  request.options.parallel = out.settings.parallel;
  for (const WeightFile& adapter : model.adapters)
    request.options.adapter_bytes += adapter.blob.descriptor().size;
  infer::ModelShape draft;
  if (model.draft && out.settings.draft_tokens > 0) {
    draft = shape_of(model.draft->info);
    request.options.draft = &draft;
  }
  out.estimate = TRY(fit_to_machine(shape_of(model.model.info), request));
  out.settings.context = out.estimate.context;
  out.settings.memory_bytes_max = infer::memory_limit(out.estimate);
  return out;
}

Result<std::unique_ptr<infer::Engine>> start(const Plan& plan, const infer::EngineHost& host,
                                             const Stop& stop) {
  return TRY(infer::ProcessEngine::start(plan.settings, host, stop));
}

Result<std::unique_ptr<infer::Engine>> start(const Plan& plan, const infer::LibraryHost& host,
                                             const Stop& stop) {
  return infer::start_library_engine(plan.settings, host, stop);
}

}  // namespace tegula::launch

#include "infer/engine_library.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "infer/cpu.h"
#include "infer/engine_client.h"
#include "infer/engine_thread.h"
#include "os/shared_library.h"

namespace tegula::infer {

namespace {

class LibraryEngine final : public Engine {
 public:
  LibraryEngine(std::unique_ptr<EngineThread> thread, EngineInfo info, const Clock& clock)
      : thread_(std::move(thread)),
        info_(std::move(info)),
        client_(thread_->socket_path(), info_.context, clock,
                [this] { return thread_->why_it_ended(); }) {}

  const EngineInfo& info() const override { return info_; }
  Result<Answer> chat(const ChatRequest& request, const PieceSink& sink,
                      const Stop& stop) override {
    return client_.chat(request, sink, stop);
  }
  Result<Answer> complete(const CompletionRequest& request, const PieceSink& sink,
                          const Stop& stop) override {
    return client_.complete(request, sink, stop);
  }
  Result<std::uint32_t> count_tokens(const ChatRequest& request, const Stop& stop) override {
    return client_.count_tokens(request, stop);
  }

 private:
  std::unique_ptr<EngineThread> thread_;
  EngineInfo info_;
  EngineClient client_;
};

// The library may use what the processor lacks as soon as it is loaded.
Result<ServeFunction*> load(const std::filesystem::path& library) {
  if (const char* const feature = missing_cpu_feature(); feature != nullptr)
    return fail(Code::Unsupported,
                fmt::format("this processor lacks {}, which this build needs", feature),
                "build for an older processor (docs/dependencies.md)");
  return reinterpret_cast<ServeFunction*>(TRY(os::load_function(library, kServeFunction)));
}

}  // namespace

Result<std::unique_ptr<Engine>> start_library_engine(const EngineSettings& settings,
                                                     const LibraryHost& host, const Stop& stop) {
  CHECK(host.clock != nullptr && host.random != nullptr);
  const MonotonicTime begin = host.clock->monotonic();
  ServeFunction* const serve = TRY(load(host.library));
  Order order;
  order.settings = settings;
  EngineFolder folder = TRY(EngineFolder::make(host.run_folder, *host.random));
  auto thread = TRY(EngineThread::start(serve, order, std::move(folder), *host.clock));
  const Stop until = stop.with_deadline(*host.clock, begin + limits::kEngineStartMax);
  EngineInfo info;
  TRY(wait_until_ready([&] { return thread->next_message(until); }, {}, info));
  info.start_ms = milliseconds_since(begin, *host.clock);
  return std::make_unique<LibraryEngine>(std::move(thread), std::move(info), *host.clock);
}

}  // namespace tegula::infer

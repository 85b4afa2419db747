// Everything between us and llama.cpp's server library (tools/server, internal to that project and
// pinned with it). Of its routes only those that `infer` uses are registered: no web pages, no
// slots, no properties, no file or tool access, one model.
#include "engine/server.h"

// clang-format off: llama.cpp's headers look like the system's
#include <chrono>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include <common.h>
#include <llama.h>
#include <log.h>
#include <server-common.h>
#include <server-context.h>
#include <server-http.h>
// clang-format on

#include "engine/end_signal.h"
#include "engine/parameters.h"
#include "engine/point_locale.h"

namespace tegula::engine {

namespace {

// What llama.cpp said was wrong, for the error message. It has one log for the whole program, hence
// the one pointer that its callback gets.
class ErrorLines {
 public:
  ErrorLines() { ::llama_log_set(&ErrorLines::take, this); }
  ~ErrorLines() { ::llama_log_set(::common_log_default_callback, nullptr); }

  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  static void take(ggml_log_level level, const char* text, void* self_pointer) {
    ::common_log_default_callback(level, text, nullptr);
    if (level != GGML_LOG_LEVEL_ERROR) return;
    auto* const self = static_cast<ErrorLines*>(self_pointer);
    const std::lock_guard lock(self->mutex_);
    if (!self->text_.empty()) return;  // the first error is the cause, later ones its echoes
    self->text_ = text;
    while (!self->text_.empty() && self->text_.back() == '\n') self->text_.pop_back();
  }

  std::mutex mutex_;
  std::string text_;
};

server_http_res_ptr error_reply(const std::string& what) {
  auto reply = std::make_unique<server_http_res>();
  reply->status = 400;
  reply->data =
      ::safe_json_to_str({{"error", ::format_error_response(what, ERROR_TYPE_INVALID_REQUEST)}});
  return reply;
}

// Its handlers throw for bad requests; its HTTP side wants replies.
server_http_context::handler_t guarded(server_http_context::handler_t handler) {
  return [handler = std::move(handler)](const server_http_req& request) -> server_http_res_ptr {
    const PointLocale numbers;
    try {
      return handler(request);
    } catch (const std::exception& problem) {
      return error_reply(problem.what());
    }
  };
}

void add_routes(server_http_context& http, server_routes& routes) {
  http.get("/health", guarded(routes.get_health));
  http.post("/completion", guarded(routes.post_completions));
  http.post("/v1/chat/completions", guarded(routes.post_chat_completions));
  http.post("/v1/chat/completions/input_tokens", guarded(routes.post_chat_completions_tok));
  http.post("/v1/embeddings", guarded(routes.post_embeddings_oai));
  http.post("/tokenize", guarded(routes.post_tokenize));
  http.post("/detokenize", guarded(routes.post_detokenize));
  http.post("/apply-template", guarded(routes.post_apply_template));
}

infer::ReadyMessage ready_message(const server_context& server,
                                  std::chrono::steady_clock::time_point start) {
  const server_context_meta meta = server.get_meta();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return {.context = static_cast<std::uint32_t>(meta.slot_n_ctx),
          .trained_context = static_cast<std::uint32_t>(meta.model_n_ctx_train),
          .parameters = meta.model_n_params,
          .accelerator = ::llama_supports_gpu_offload(),
          .load_ms = taken.count()};
}

// llama.cpp reports its progress, and takes no word back but an exception, which it expects of its
// loading anyway.
void end_loading_when_asked(server_context& server, const EndSignal& end) {
  server.set_state_callback([&end](server_state state, const json&) {
    if (state != SERVER_STATE_LOADING || !end.is_given()) return;
    throw std::runtime_error("ended");  // tidy: allow throw: the only way to end a load
  });
}

Result<void> load(server_context& server, common_params& params, const Service& service) {
  ErrorLines errors;
  if (server.load_model(params)) return {};
  std::string reason = errors.text();
  if (reason.empty()) reason = service.has_log ? "its log says why" : "it does not say why";
  return fail(Code::Unsupported, fmt::format("llama.cpp cannot load the model: {}", reason));
}

Result<void> load_and_serve(common_params& params, const Service& service) {
  server_context server;
  server_routes routes(params, server);
  server_http_context http;
  if (!http.init(params)) return fail(Code::Internal, "llama.cpp cannot make its HTTP server");
  add_routes(http, routes);
  if (!http.start()) return fail(Code::Internal, "the engine cannot make its socket");
  const auto end = TRY(EndSignal::of(service.end, [&] { server.terminate(); }));
  end_loading_when_asked(server, *end);

  const auto start = std::chrono::steady_clock::now();
  TRY(load(server, params, service));
  routes.update_meta(server);
  http.is_ready.store(true);
  // From here on a request's text could end up in the log: warnings quote prompts in places.
  if (service.has_log) ::common_log_set_verbosity_thold(LOG_LEVEL_ERROR);
  TRY(service.on_ready(ready_message(server, start)));
  server.start_loop();
  return {};
}

// Without a log llama.cpp does not even start the thread that writes it.
void prepare_log(bool has_log) {
  if (has_log) {
    ::common_init();
  } else {
    ::common_log_set_verbosity_thold(LOG_LEVEL_OUTPUT - 1);
    ::llama_log_set(::common_log_default_callback, nullptr);
  }
}

}  // namespace

std::uint32_t default_threads() { return static_cast<std::uint32_t>(::common_cpu_get_num_math()); }

Result<void> serve(const Service& service) {
  const PointLocale numbers;
  prepare_log(service.has_log);
  common_params params;
  try {
    TRY(fill_parameters(service.settings, service.socket, params));
    ::llama_backend_init();
    Result<void> served = load_and_serve(params, service);
    if (service.has_log) ::common_log_flush(::common_log_main());
    return served;
  } catch (const std::bad_alloc&) {
    return fail(Code::Exhausted, "the model needs more memory than it was allowed",
                "choose a smaller context (num_ctx) or a smaller model");
  } catch (const std::exception& problem) {
    return fail(Code::Unsupported, fmt::format("llama.cpp: {}", problem.what()));
  }
}

}  // namespace tegula::engine

// Everything between us and llama.cpp's server library (tools/server, internal to that project and
// pinned with it). Of its routes only those that `infer` uses are registered: no web pages, no
// slots, no properties, no file or tool access, one model.
#include "engine/server.h"

// clang-format off: llama.cpp's headers look like the system's
#include <chrono>
#include <clocale>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <arg.h>
#include <chat.h>
#include <common.h>
#include <llama.h>
#include <log.h>
#include <server-common.h>
#include <server-context.h>
#include <server-http.h>
// clang-format on

#include "engine/arguments.h"

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

// llama.cpp loads a draft model that says nothing of its kind, and then never asks it.
void choose_draft_kind(const infer::EngineSettings& settings, common_params& params) {
  if (!uses_draft(settings)) return;
  std::vector<common_speculative_type>& kinds = params.speculative.types;
  if (kinds == std::vector{COMMON_SPECULATIVE_TYPE_NONE})
    kinds = {COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE};
}

Result<void> fill_params(const infer::EngineSettings& settings, common_params& params) {
  std::vector<std::string> words = server_arguments(settings);
  words.insert(words.begin(), "tegula-engine");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  if (!::common_params_parse(static_cast<int>(argv.size()), argv.data(), params,
                             LLAMA_EXAMPLE_SERVER))
    return fail(Code::Internal, "llama.cpp does not take our arguments; its log says which");
  choose_draft_kind(settings, params);
  for (const infer::AdapterFile& adapter : settings.adapters)
    params.lora_adapters.push_back(
        {descriptor_path(adapter.descriptor), adapter.scale, "", "", nullptr});
  if (settings.chat_template.empty()) return {};
  if (!::common_chat_verify_template(settings.chat_template, params.use_jinja))
    return fail(Code::InvalidArgument, "the chat template is not one llama.cpp can use",
                "it must be a Jinja template, as Hugging Face models have them");
  params.chat_template = settings.chat_template;
  return {};
}

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

Result<void> load_and_serve(
    common_params& params,
    const std::function<Result<void>(const infer::ReadyMessage&)>& on_ready) {
  server_context server;
  server_routes routes(params, server);
  server_http_context http;
  if (!http.init(params)) return fail(Code::Internal, "llama.cpp cannot make its HTTP server");
  add_routes(http, routes);
  if (!http.start()) return fail(Code::Internal, "the engine cannot make its socket");

  const auto start = std::chrono::steady_clock::now();
  ErrorLines errors;
  if (!server.load_model(params)) {
    const std::string reason = errors.text();
    return fail(Code::Unsupported, fmt::format("llama.cpp cannot load the model: {}",
                                               reason.empty() ? "its log says why" : reason));
  }
  routes.update_meta(server);
  http.is_ready.store(true);
  // From here on a request's text could end up in the log: warnings quote prompts in places.
  ::common_log_set_verbosity_thold(LOG_LEVEL_ERROR);
  TRY(on_ready(ready_message(server, start)));
  server.start_loop();
  return {};
}

}  // namespace

std::uint32_t default_threads() { return static_cast<std::uint32_t>(::common_cpu_get_num_math()); }

Result<void> serve(const infer::EngineSettings& settings,
                   const std::function<Result<void>(const infer::ReadyMessage&)>& on_ready) {
  std::setlocale(LC_NUMERIC, "C");
  ::common_init();
  common_params params;
  try {
    TRY(fill_params(settings, params));
    ::llama_backend_init();
    Result<void> served = load_and_serve(params, on_ready);
    ::common_log_flush(::common_log_main());
    return served;
  } catch (const std::bad_alloc&) {
    return fail(Code::Exhausted, "the model needs more memory than it was allowed",
                "choose a smaller context (num_ctx) or a smaller model");
  } catch (const std::exception& problem) {
    return fail(Code::Unsupported, fmt::format("llama.cpp: {}", problem.what()));
  }
}

}  // namespace tegula::engine

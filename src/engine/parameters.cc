#include "engine/parameters.h"

// clang-format off: llama.cpp's headers look like the system's
#include <algorithm>
#include <exception>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <arg.h>
#include <chat.h>
#include <common.h>
// clang-format on

#include "engine/arguments.h"

namespace tegula::engine {

namespace {

bool has_word(const std::vector<const char*>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](const char* one) { return one == word; });
}

const common_arg* find_option(const std::vector<common_arg>& options, std::string_view word) {
  const auto at = std::find_if(options.begin(), options.end(), [&](const common_arg& option) {
    return has_word(option.args, word) || has_word(option.args_neg, word);
  });
  return at == options.end() ? nullptr : &*at;
}

// The option at words[at]; gives the index after it and its value. The handlers throw.
std::size_t apply_option(const common_arg& option, const std::vector<std::string>& words,
                         std::size_t at, common_params& params) {
  if (option.handler_void != nullptr) {
    option.handler_void(params);
    return at + 1;
  }
  if (option.handler_bool != nullptr) {
    option.handler_bool(params, has_word(option.args, words[at]));
    return at + 1;
  }
  const std::string& value = words.at(at + 1);
  if (option.handler_int != nullptr) {
    option.handler_int(params, std::stoi(value));
  } else {
    option.handler_string(params, value);
  }
  return at + 2;
}

Result<void> apply_words(const std::vector<std::string>& words, common_params& params) {
  const common_params_context known = ::common_params_parser_init(params, LLAMA_EXAMPLE_SERVER);
  for (std::size_t at = 0; at < words.size();) {
    const common_arg* const option = find_option(known.options, words[at]);
    if (option == nullptr || option->handler_str_str != nullptr)
      return fail(Code::Internal, fmt::format("llama.cpp does not know \"{}\"", words[at]));
    try {
      at = apply_option(*option, words, at, params);
    } catch (const std::exception& problem) {
      return fail(Code::Internal,
                  fmt::format("llama.cpp does not take \"{}\": {}", words[at], problem.what()));
    }
  }
  return {};
}

// What llama.cpp's own reading adds to what the words say.
void add_defaults(common_params& params) {
  ::postprocess_cpu_params(params.cpuparams, nullptr);
  ::postprocess_cpu_params(params.cpuparams_batch, &params.cpuparams);
  ::postprocess_cpu_params(params.speculative.draft.cpuparams, &params.cpuparams);
  ::postprocess_cpu_params(params.speculative.draft.cpuparams_batch, &params.cpuparams_batch);
  params.default_template_kwargs["preserve_reasoning"] = "true";
}

// llama.cpp loads a draft model that says nothing of its kind, and then never asks it.
void choose_draft_kind(const infer::EngineSettings& settings, common_params& params) {
  if (!uses_draft(settings)) return;
  std::vector<common_speculative_type>& kinds = params.speculative.types;
  if (kinds == std::vector{COMMON_SPECULATIVE_TYPE_NONE})
    kinds = {COMMON_SPECULATIVE_TYPE_DRAFT_SIMPLE};
}

}  // namespace

Result<void> fill_parameters(const infer::EngineSettings& settings, const std::string& socket,
                             common_params& params) {
  TRY(apply_words(server_arguments(settings, socket), params));
  add_defaults(params);
  choose_draft_kind(settings, params);
  params.n_gpu_layers = settings.gpu_layers;  // as words they cause warnings where there is none
  params.main_gpu = settings.main_gpu;
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

}  // namespace tegula::engine

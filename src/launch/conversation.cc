#include "launch/conversation.h"

#include <utility>

#include "launch/sampling.h"

namespace tegula::launch {

Conversation::Conversation(infer::Engine& engine, content::RuntimeSettings settings)
    : engine_(engine), settings_(std::move(settings)), messages_(settings_.messages) {}

Result<infer::Answer> Conversation::ask(const std::string& question, const infer::PieceSink& sink,
                                        const Stop& stop) {
  const infer::Sampling sampling = TRY(sampling_of(settings_.parameters));
  messages_.push_back({"user", question});
  Result<infer::Answer> answer = engine_.chat(request(sampling), sink, stop);
  if (!answer || (answer->stop_reason == infer::StopReason::Cancelled && answer->text.empty())) {
    messages_.pop_back();
    return answer;
  }
  messages_.push_back({"assistant", answer->text});
  return answer;
}

void Conversation::clear() { messages_ = settings_.messages; }

void Conversation::set_system(std::string text) { settings_.system = std::move(text); }

Result<void> Conversation::set_parameter(const std::string& name, const content::Parameter& value) {
  Parameters changed = settings_.parameters;
  changed[name] = value;
  TRY(sampling_of(changed));
  settings_.parameters = std::move(changed);
  return {};
}

infer::ChatRequest Conversation::request(const infer::Sampling& sampling) const {
  infer::ChatRequest out;
  out.sampling = sampling;
  if (!settings_.system.empty())
    out.messages.push_back(
        {.role = "system", .content = settings_.system, .tool_calls = {}, .tool_call_id = {}});
  for (const content::Message& message : messages_)
    out.messages.push_back(
        {.role = message.role, .content = message.content, .tool_calls = {}, .tool_call_id = {}});
  return out;
}

}  // namespace tegula::launch

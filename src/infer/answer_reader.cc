#include "infer/answer_reader.h"

#include "base/limits.h"
#include "codec/json.h"
#include "infer/members.h"

namespace tegula::infer {

using codec::Json;

namespace {

Result<Json> parse_nested(const std::string& text, std::string_view what) {
  return TRY(codec::parse_json(text), what);
}

Result<void> put_sampling(const Sampling& from, std::uint32_t context, Json& body) {
  body["temperature"] = from.temperature;
  body["top_k"] = from.top_k;
  body["top_p"] = from.top_p;
  body["min_p"] = from.min_p;
  body["typical_p"] = from.typical_p;
  body["repeat_penalty"] = from.repeat_penalty;
  body["repeat_last_n"] =
      from.repeat_last_n >= 0 ? from.repeat_last_n : static_cast<std::int32_t>(context);
  body["presence_penalty"] = from.presence_penalty;
  body["frequency_penalty"] = from.frequency_penalty;
  body["n_predict"] = from.num_predict;
  body["cache_prompt"] = from.reuse_cache;
  if (from.seed) body["seed"] = *from.seed;
  if (!from.stop.empty()) body["stop"] = from.stop;
  if (!from.grammar.empty() && !from.json_schema.empty())
    return fail(Code::InvalidArgument, "a grammar and a JSON schema at once",
                "give one of the two");
  if (!from.grammar.empty()) body["grammar"] = from.grammar;
  if (!from.json_schema.empty())
    body["json_schema"] = TRY(parse_nested(from.json_schema, "JSON schema"));
  return {};
}

Result<Json> message_json(const ChatMessage& from) {
  Json out = {{"role", from.role}, {"content", from.content}};
  if (!from.tool_calls.empty())
    out["tool_calls"] = TRY(parse_nested(from.tool_calls, "tool calls of a message"));
  if (!from.tool_call_id.empty()) out["tool_call_id"] = from.tool_call_id;
  return out;
}

Result<std::string> dump(const Json& body) {
  try {
    return body.dump();
  } catch (const Json::exception&) {
    return fail(Code::InvalidArgument, "the request is not UTF-8");
  }
}

// A member that may be missing or null, as text.
std::string_view text_of_member(const Json& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) return {};
  return at->get_ref<const std::string&>();
}

std::uint32_t count_of_member(const Json& object, std::string_view name) {
  return int_member<std::uint32_t>(object, name).value_or(0);
}

const Json* child(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

// {"code":400,"message":"…","type":"exceed_context_size_error","n_prompt_tokens":…,"n_ctx":…}
Error engine_error(const Json& error, int status) {
  if (text_of_member(error, "type") == "exceed_context_size_error")
    return {Code::Exhausted,
            fmt::format("the prompt is too long: it has {} tokens, and the context holds {}",
                        count_of_member(error, "n_prompt_tokens"), count_of_member(error, "n_ctx")),
            "shorten it, or choose a larger context (num_ctx) if the model was trained with one"};
  const std::string text = printable(text_of_member(error, "message"));
  if (status >= 400 && status < 500)
    return {Code::InvalidArgument, fmt::format("the engine refuses the request: {}", text), {}};
  return {Code::Unavailable, fmt::format("the engine failed: {}", text), {}};
}

int code_of(const Json& error) { return int_member<int>(error, "code").value_or(500); }

}  // namespace

Result<std::string> request_body(const ChatRequest& request, std::uint32_t context) {
  Json body = {{"stream", true}, {"stream_options", {{"include_usage", true}}}};
  TRY(put_sampling(request.sampling, context, body));
  Json messages = Json::array();
  for (const ChatMessage& message : request.messages)
    messages.push_back(TRY(message_json(message)));
  body["messages"] = std::move(messages);
  if (!request.tools.empty()) body["tools"] = TRY(parse_nested(request.tools, "tools"));
  return dump(body);
}

Result<std::string> request_body(const CompletionRequest& request, std::uint32_t context) {
  Json body = {{"stream", true}, {"prompt", request.prompt}};
  TRY(put_sampling(request.sampling, context, body));
  return dump(body);
}

Error parse_error_reply(int status, std::string_view body) {
  const Result<Json> reply = codec::parse_json(body);
  const Json* const error = reply ? child(*reply, "error") : nullptr;
  if (error != nullptr) return engine_error(*error, status);
  return {
      Code::Corrupt, fmt::format("the engine answered with status {} and no reason", status), {}};
}

Result<std::uint32_t> parse_token_count(std::string_view body) {
  const Json reply = TRY(codec::parse_json(body), "the engine's answer");
  return TRY(int_member<std::uint32_t>(reply, "input_tokens"), "the engine's answer");
}

// The readers of the two kinds of events.
struct EventTaker {
  AnswerReader& reader;

  Result<void> take(const Json& event) {
    if (const Json* const error = child(event, "error"))
      return std::unexpected(engine_error(*error, code_of(*error)));
    if (const Json* const choices = child(event, "choices")) {
      TRY(take_choices(*choices));
      take_usage(event);
      return {};
    }
    if (child(event, "content") == nullptr)
      return fail(Code::Corrupt, "the engine sent an event of an unknown kind");
    return take_completion(event);
  }

  Result<void> take_choices(const Json& choices) {
    if (!choices.is_array()) return fail(Code::Corrupt, "the engine sent choices that are no list");
    if (choices.empty()) return {};
    const Json& choice = choices[0];
    if (const Json* const delta = child(choice, "delta")) TRY(take_delta(*delta));
    take_finish_reason(text_of_member(choice, "finish_reason"));
    return {};
  }

  Result<void> take_delta(const Json& delta) {
    note_token(child(delta, "role") == nullptr);  // the first event has a role and no token's text
    TRY(reader.hand_on(text_of_member(delta, "reasoning_content"), true));
    TRY(reader.hand_on(text_of_member(delta, "content"), false));
    const Json* const calls = child(delta, "tool_calls");
    if (calls == nullptr || !calls->is_array()) return {};
    for (const Json& call : *calls) take_call(call);
    return {};
  }

  void take_call(const Json& piece) {
    AnswerReader::ToolCall& call = reader.calls_[count_of_member(piece, "index")];
    call.id += text_of_member(piece, "id");
    const Json* const function = child(piece, "function");
    if (function == nullptr) return;
    call.name += text_of_member(*function, "name");
    call.arguments += text_of_member(*function, "arguments");
  }

  void take_finish_reason(std::string_view reason) {
    if (reason.empty()) return;
    reader.answer_.stop_reason = reason == "length"       ? StopReason::Length
                                 : reason == "tool_calls" ? StopReason::ToolCalls
                                                          : StopReason::Stop;
  }

  void take_usage(const Json& event) {
    const Json* const usage = child(event, "usage");
    if (usage == nullptr) return;
    reader.answer_.prompt_tokens = count_of_member(*usage, "prompt_tokens");
    reader.answer_.completion_tokens = count_of_member(*usage, "completion_tokens");
    take_timings(event);
    reader.done_ = true;
  }

  Result<void> take_completion(const Json& event) {
    note_token(true);
    TRY(reader.hand_on(text_of_member(event, "content"), false));
    if (!bool_member(event, "stop").value_or(false)) return {};
    reader.answer_.prompt_tokens = count_of_member(event, "tokens_evaluated");
    reader.answer_.completion_tokens = count_of_member(event, "tokens_predicted");
    take_finish_reason(text_of_member(event, "stop_type") == "limit" ? "length" : "stop");
    take_timings(event);
    reader.done_ = true;
    return {};
  }

  void take_timings(const Json& event) {
    const Json* const timings = child(event, "timings");
    if (timings == nullptr) return;
    reader.answer_.tokens_per_second =
        number_member(*timings, "predicted_per_second").value_or(0.0);
  }

  void note_token(bool is_piece) {
    reader.last_ms_ = reader.milliseconds_();
    if (reader.answer_.ttft_ms == 0) reader.answer_.ttft_ms = reader.last_ms_;
    if (is_piece) ++reader.pieces_;
  }
};

Result<void> AnswerReader::take(std::string_view data) {
  if (data == "[DONE]") return {};
  const Result<Json> event = codec::parse_json(data);
  if (!event)
    return fail(Code::Corrupt,
                fmt::format("the engine sent an event that is not JSON: {}", event.error().text));
  return EventTaker{*this}.take(*event);
}

Result<void> AnswerReader::hand_on(std::string_view text, bool thinking) {
  if (text.empty()) return {};
  (thinking ? answer_.thinking : answer_.text).append(text);
  return sink_({.text = text, .thinking = thinking});
}

Answer AnswerReader::finish() {
  // A stopped answer has no figures from the engine: one piece is one token, or nearly.
  if (!done_ && pieces_ > 0) {
    answer_.completion_tokens = pieces_;
    const double seconds = (last_ms_ - answer_.ttft_ms) / 1000;
    answer_.tokens_per_second = seconds > 0 ? (pieces_ - 1) / seconds : 0;
  }
  Json calls = Json::array();
  for (const auto& [index, call] : calls_)
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  if (!calls.empty()) answer_.tool_calls = calls.dump();
  return std::move(answer_);
}

}  // namespace tegula::infer

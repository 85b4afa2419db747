// Requests as llama.cpp's server wants them, and answers as it streams them (OpenAI's chat
// completion chunks, and its own completion events). Internal to infer.
//
// Errors: as engine.h says for requests. Pure functions; an AnswerReader belongs to one thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "infer/engine.h"

namespace tegula::infer {

// `context` is the engine's, for settings that mean "all of it".
Result<std::string> request_body(const ChatRequest& request, std::uint32_t context);
Result<std::string> request_body(const CompletionRequest& request, std::uint32_t context);

// The error in a reply whose status is not 2xx.
Error parse_error_reply(int status, std::string_view body);

// "input_tokens" of a token-counting reply.
Result<std::uint32_t> parse_token_count(std::string_view body);

class AnswerReader {
 public:
  // `milliseconds` is the time since the request was made.
  AnswerReader(const PieceSink& sink, std::function<double()> milliseconds)
      : sink_(sink), milliseconds_(std::move(milliseconds)) {}

  // The data of one event.
  Result<void> take(std::string_view data);

  // True once the engine said that the answer is complete.
  bool is_done() const { return done_; }

  // What there is. Calls of tools are put together from their pieces.
  Answer finish();

 private:
  struct ToolCall {
    std::string id;
    std::string name;
    std::string arguments;
  };

  Result<void> hand_on(std::string_view text, bool thinking);

  const PieceSink& sink_;
  std::function<double()> milliseconds_;
  Answer answer_;
  std::map<std::uint32_t, ToolCall> calls_;
  double last_ms_ = 0;  // of the newest piece
  std::uint32_t pieces_ = 0;
  bool done_ = false;

  friend struct EventTaker;  // the JSON side, in the .cc
};

}  // namespace tegula::infer

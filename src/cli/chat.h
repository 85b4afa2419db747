// The interactive chat of `tegula run`.
#pragma once

#include <functional>
#include <string>

#include "cli/chat_input.h"
#include "cli/session.h"
#include "launch/conversation.h"
#include "os/line_editor.h"

namespace tegula::cli {

// What the chat may ask of the command that opened it.
struct ChatOptions {
  std::string model;  // the name as the user gave it
  bool verbose = false;
  int terminal = 0;                                                  // where the keys come from
  std::function<Result<std::string>(std::string_view what)> show;    // for /show info, template, …
  std::function<Result<std::string>(const std::string& name)> save;  // gives the new digest
};

class Chat {
 public:
  Chat(launch::Conversation& conversation, os::LineEditor& editor, ChatOptions options,
       Session& session);

  // Until /bye or the end of input.
  Result<void> run();

 private:
  Result<bool> take(const Typed& typed);  // false: leave
  Result<void> ask(const std::string& question);
  Result<void> set(const std::string& argument);
  Result<void> set_parameter(const std::string& argument);
  Result<void> show(const std::string& argument);
  Result<void> save(const std::string& argument);

  launch::Conversation& conversation_;
  os::LineEditor& editor_;
  ChatOptions options_;
  Session& session_;
};

// "12 tokens in 0.4 s (30.1 tokens/s), first after 80 ms" for --verbose.
std::string timings(const infer::Answer& answer);

}  // namespace tegula::cli

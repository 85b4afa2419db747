// A chat with a model: the messages so far, the settings in force, and the next question.
//
// Thread rule: one thread at a time; the engine must outlive it.
#pragma once

#include <string>
#include <vector>

#include "content/runtime_settings.h"
#include "infer/engine.h"

namespace tegula::launch {

class Conversation {
 public:
  // Starts with the settings' system prompt and messages.
  Conversation(infer::Engine& engine, content::RuntimeSettings settings);

  // Asks and waits for the answer; pieces go to `sink` as they come. What was said stays in the
  // conversation, a cut-off answer included; after an error the question is taken back.
  Result<infer::Answer> ask(const std::string& question, const infer::PieceSink& sink,
                            const Stop& stop);

  // Back to where it started.
  void clear();

  void set_system(std::string text);

  // InvalidArgument if the engine has no such parameter or not with this value.
  Result<void> set_parameter(const std::string& name, const content::Parameter& value);

  const content::RuntimeSettings& settings() const { return settings_; }

  // Without the system prompt.
  const std::vector<content::Message>& messages() const { return messages_; }

 private:
  infer::ChatRequest request(const infer::Sampling& sampling) const;

  infer::Engine& engine_;
  content::RuntimeSettings settings_;
  std::vector<content::Message> messages_;
};

}  // namespace tegula::launch

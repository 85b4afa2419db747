#include "launch/conversation.h"

#include <gtest/gtest.h>

namespace tegula::launch {
namespace {

// Answers every question with its number, and keeps what it was asked.
class CountingEngine final : public infer::Engine {
 public:
  const infer::EngineInfo& info() const override { return info_; }
  Result<infer::Answer> chat(const infer::ChatRequest& request, const infer::PieceSink& sink,
                             const Stop& stop) override {
    asked = request;
    if (broken) return fail(Code::Unavailable, "gone");
    infer::Answer answer;
    if (stop.cancelled()) {
      answer.stop_reason = infer::StopReason::Cancelled;
      answer.text = partial;
      return answer;
    }
    answer.text = std::to_string(++count);
    TRY(sink({.text = answer.text}));
    return answer;
  }
  Result<infer::Answer> complete(const infer::CompletionRequest&, const infer::PieceSink&,
                                 const Stop&) override {
    return fail(Code::Internal, "not used");
  }
  Result<std::uint32_t> count_tokens(const infer::ChatRequest&, const Stop&) override { return 0; }

  infer::ChatRequest asked;
  int count = 0;
  bool broken = false;
  std::string partial;

 private:
  infer::EngineInfo info_;
};

content::RuntimeSettings settings() {
  content::RuntimeSettings out;
  out.model = "m.gguf";
  out.system = "Be brief.";
  out.messages = {{"user", "hi"}, {"assistant", "hello"}};
  return out;
}

const infer::PieceSink kNoSink = [](const infer::Piece&) -> Result<void> { return {}; };

TEST(Conversation, SendsSystemHistoryAndQuestion) {
  CountingEngine engine;
  Conversation chat(engine, settings());
  EXPECT_EQ(chat.ask("one?", kNoSink, {})->text, "1");
  EXPECT_EQ(chat.ask("two?", kNoSink, {})->text, "2");
  ASSERT_EQ(engine.asked.messages.size(), 6U);
  EXPECT_EQ(engine.asked.messages[0].role, "system");
  EXPECT_EQ(engine.asked.messages[3].content, "one?");
  EXPECT_EQ(engine.asked.messages[4].content, "1");
  EXPECT_EQ(engine.asked.messages[5].content, "two?");
}

TEST(Conversation, TakesTheQuestionBackAfterAnError) {
  CountingEngine engine;
  Conversation chat(engine, settings());
  engine.broken = true;
  EXPECT_FALSE(chat.ask("one?", kNoSink, {}));
  EXPECT_EQ(chat.messages().size(), 2U);
}

TEST(Conversation, KeepsACutOffAnswerButNoEmptyOne) {
  CountingEngine engine;
  Conversation chat(engine, settings());
  StopSource source;
  source.cancel();
  EXPECT_TRUE(chat.ask("one?", kNoSink, source.stop()));
  EXPECT_EQ(chat.messages().size(), 2U);
  engine.partial = "On";
  EXPECT_TRUE(chat.ask("one?", kNoSink, source.stop()));
  EXPECT_EQ(chat.messages().back().content, "On");
}

TEST(Conversation, ClearGoesBackToTheStart) {
  CountingEngine engine;
  Conversation chat(engine, settings());
  ASSERT_TRUE(chat.ask("one?", kNoSink, {}));
  chat.clear();
  EXPECT_EQ(chat.messages(), settings().messages);
}

TEST(Conversation, SetsParametersThatTheEngineHas) {
  CountingEngine engine;
  Conversation chat(engine, settings());
  EXPECT_TRUE(chat.set_parameter("temperature", 0.25));
  EXPECT_FALSE(chat.set_parameter("temperature", -1.0));
  ASSERT_TRUE(chat.ask("one?", kNoSink, {}));
  EXPECT_FLOAT_EQ(engine.asked.sampling.temperature, 0.25F);
}

}  // namespace
}  // namespace tegula::launch

#include "infer/answer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;

struct Read {
  Answer answer;
  bool done = false;
  std::string streamed;
  Result<void> result;
};

Read read(const std::vector<std::string>& events) {
  Read out;
  double now = 0;
  const PieceSink sink = [&](const Piece& piece) -> Result<void> {
    out.streamed += piece.thinking ? "(" + std::string(piece.text) + ")" : std::string(piece.text);
    return {};
  };
  AnswerReader reader(sink, [&] { return now += 10; });
  for (const std::string& event : events) {
    out.result = reader.take(event);
    if (!out.result) break;
  }
  out.done = reader.is_done();
  out.answer = reader.finish();
  return out;
}

std::string delta(const std::string& inside, const std::string& finish = "null") {
  return R"({"choices":[{"finish_reason":)" + finish + R"(,"index":0,"delta":)" + inside + "}]}";
}

const std::string kUsage = R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3},)"
                           R"("timings":{"predicted_per_second":12.5}})";

TEST(AnswerReader, PutsAChatAnswerTogether) {
  const Read read_out =
      read({delta(R"({"role":"assistant","content":null})"), delta(R"({"reasoning_content":"hm"})"),
            delta(R"({"content":"a"})"), delta(R"({"content":"b"})"), delta("{}", "\"length\""),
            kUsage, "[DONE]"});
  EXPECT_TRUE(read_out.result);
  EXPECT_TRUE(read_out.done);
  EXPECT_EQ(read_out.answer.text, "ab");
  EXPECT_EQ(read_out.answer.thinking, "hm");
  EXPECT_EQ(read_out.streamed, "(hm)ab");
  EXPECT_EQ(read_out.answer.prompt_tokens, 7U);
  EXPECT_EQ(read_out.answer.completion_tokens, 3U);
  EXPECT_EQ(read_out.answer.tokens_per_second, 12.5);
  EXPECT_EQ(read_out.answer.ttft_ms, 10) << "the first event";
  EXPECT_EQ(read_out.answer.stop_reason, StopReason::Length);
}

TEST(AnswerReader, PutsToolCallsTogether) {
  const Read read_out = read(
      {delta(
           R"({"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{\"a\""}}]})"),
       delta(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})"),
       delta(
           R"({"tool_calls":[{"index":1,"id":"x2","function":{"name":"sub","arguments":"{}"}}]})"),
       delta("{}", "\"tool_calls\""), kUsage});
  EXPECT_EQ(read_out.answer.stop_reason, StopReason::ToolCalls);
  EXPECT_EQ(read_out.answer.tool_calls,
            R"([{"function":{"arguments":"{\"a\":1}","name":"f"},"id":"x","type":"function"},)"
            R"({"function":{"arguments":"{}","name":"sub"},"id":"x2","type":"function"}])");
}

TEST(AnswerReader, PutsACompletionTogether) {
  const Read read_out =
      read({R"({"content":"a","stop":false})", R"({"content":"b","stop":false})",
            R"({"content":"","stop":true,"stop_type":"limit","tokens_evaluated":4,)"
            R"("tokens_predicted":2,"timings":{"predicted_per_second":null}})"});
  EXPECT_TRUE(read_out.done);
  EXPECT_EQ(read_out.answer.text, "ab");
  EXPECT_EQ(read_out.answer.prompt_tokens, 4U);
  EXPECT_EQ(read_out.answer.completion_tokens, 2U);
  EXPECT_EQ(read_out.answer.stop_reason, StopReason::Length);
}

TEST(AnswerReader, CountsThePiecesOfAStoppedAnswer) {
  const Read read_out = read({delta(R"({"role":"assistant","content":null})"),
                              delta(R"({"content":"a"})"), delta(R"({"content":"b"})")});
  EXPECT_FALSE(read_out.done);
  EXPECT_EQ(read_out.answer.completion_tokens, 2U);
  EXPECT_NEAR(read_out.answer.tokens_per_second, 50, 1e-9) << "one more in 20 ms";
}

TEST(AnswerReader, RefusesGarbage) {
  struct Case {
    std::string event;
    Code want;
  };
  for (const Case& c : std::vector<Case>{
           {"garbage", Code::Corrupt},
           {"{}", Code::Corrupt},
           {"null", Code::Corrupt},
           {R"({"choices":{}})", Code::Corrupt},
           {R"({"error":{"code":500,"message":"oops","type":"server_error"}})", Code::Unavailable},
           {R"({"error":{"code":400,"message":"oops"}})", Code::InvalidArgument},
           {R"({"error":{"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})",
            Code::Exhausted}}) {
    const Read read_out = read({c.event});
    ASSERT_FALSE(read_out.result) << c.event;
    EXPECT_EQ(read_out.result.error().code, c.want) << c.event;
  }
}

TEST(AnswerReader, TakesOddShapesForNothing) {
  for (const char* event :
       {R"({"choices":[null]})", R"({"choices":[{"delta":[1]}]})",
        R"({"choices":[{"delta":{"content":5}}]})", R"({"choices":[{"delta":{"tool_calls":[7]}}]})",
        R"({"choices":[],"usage":{"prompt_tokens":-4}})"})
    EXPECT_TRUE(read({event}).result) << event;
}

TEST(ErrorReply, SaysWhatTheEngineSaid) {
  const Error too_long = parse_error_reply(
      400, R"({"error":{"code":400,"message":"m","type":"exceed_context_size_error",)"
           R"("n_prompt_tokens":300,"n_ctx":256}})");
  EXPECT_EQ(too_long.code, Code::Exhausted);
  EXPECT_EQ(too_long.text, "the prompt is too long: it has 300 tokens, and the context holds 256");
  EXPECT_EQ(parse_error_reply(400, R"({"error":{"message":"bad"}})").code, Code::InvalidArgument);
  EXPECT_EQ(parse_error_reply(503, R"({"error":{"message":"loading"}})").code, Code::Unavailable);
  EXPECT_EQ(parse_error_reply(500, "<html>").code, Code::Corrupt);
}

TEST(RequestBody, HasTheEnginesNames) {
  const std::string body =
      request_body(
          ChatRequest{
              .messages = {{.role = "user", .content = "hi"},
                           {.role = "tool", .content = "3", .tool_call_id = "x"}},
              .tools = R"([{"type":"function"}])",
              .sampling = {.seed = 4, .num_predict = 5, .stop = {"END"}, .json_schema = "{}"}},
          4096)
          .value();
  for (const char* part :
       {R"("seed":4)", R"("n_predict":5)", R"("stop":["END"])", R"("json_schema":{})",
        R"("tool_call_id":"x")", R"("tools":[{"type":"function"}])", R"("stream":true)",
        R"("cache_prompt":true)", R"("repeat_last_n":64)"})
    EXPECT_THAT(body, HasSubstr(part));
  EXPECT_THAT(request_body(CompletionRequest{.prompt = "p"}, 4096).value(),
              HasSubstr(R"("prompt":"p")"));
  EXPECT_EQ(request_body(CompletionRequest{.prompt = "p"}, 4096).value().find("seed"),
            std::string::npos);
}

TEST(RequestBody, TakesTheWholeContextForMinusOne) {
  EXPECT_THAT(
      request_body(CompletionRequest{.prompt = "", .sampling = {.repeat_last_n = -1}}, 512).value(),
      HasSubstr(R"("repeat_last_n":512)"));
}

TEST(RequestBody, RefusesWhatCannotBeSent) {
  EXPECT_EQ(request_body(CompletionRequest{.prompt = "\xFF"}, 1).error().code,
            Code::InvalidArgument);
  CompletionRequest request{.prompt = "p",
                            .sampling = {.grammar = "root ::= x", .json_schema = "{}"}};
  EXPECT_EQ(request_body(request, 1).error().code, Code::InvalidArgument);
  request.sampling.grammar.clear();
  request.sampling.json_schema = "{";
  EXPECT_THAT(request_body(request, 1).error().text, HasSubstr("JSON schema"));
}

TEST(TokenCount, IsRead) {
  EXPECT_EQ(parse_token_count(R"({"input_tokens":12})").value(), 12U);
  EXPECT_FALSE(parse_token_count(R"({"input_tokens":"12"})"));
  EXPECT_FALSE(parse_token_count("nothing"));
}

}  // namespace
}  // namespace tegula::infer

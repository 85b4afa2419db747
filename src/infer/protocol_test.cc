#include "infer/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;

Order sample_order() {
  Order order;
  order.settings.model = 6;
  order.settings.adapters = {{.descriptor = 7, .scale = 0.5F}, {.descriptor = 8, .scale = -1.0F}};
  order.settings.name = "ü \"quoted\"\n";
  order.settings.context = 4096;
  order.settings.gpu_layers = -1;
  order.settings.main_gpu = 2;
  order.settings.draft_tokens = 7;
  order.settings.map_model = false;
  order.settings.memory_bytes_max = 1ULL << 40U;
  order.settings.chat_template = "{{ x }}";
  order.barriers = {os::Barrier::Seccomp, os::Barrier::Limits};
  order.parent_network = UINT64_C(4026531840);
  return order;
}

TEST(Order, IsTheSameOnTheOtherSide) {
  const Order before = sample_order();
  const Order after = parse_order(encode(before).value()).value();
  EXPECT_EQ(after.settings.model, 6);
  ASSERT_EQ(after.settings.adapters.size(), 2U);
  EXPECT_EQ(after.settings.adapters[1].descriptor, 8);
  EXPECT_EQ(after.settings.adapters[1].scale, -1.0F);
  EXPECT_EQ(after.settings.name, before.settings.name);
  EXPECT_EQ(after.settings.context, 4096U);
  EXPECT_EQ(after.settings.gpu_layers, -1);
  EXPECT_EQ(after.settings.main_gpu, 2);
  EXPECT_EQ(after.settings.draft_tokens, 7U);
  EXPECT_FALSE(after.settings.map_model);
  EXPECT_EQ(after.settings.memory_bytes_max, 1ULL << 40U);
  EXPECT_EQ(after.settings.chat_template, "{{ x }}");
  EXPECT_EQ(after.barriers, before.barriers);
  EXPECT_EQ(after.parent_network, before.parent_network);
  EXPECT_FALSE(after.probe);
  EXPECT_EQ(encode(after).value(), encode(before).value());
}

TEST(Order, CarriesAProbe) {
  Order order = sample_order();
  order.probe = ProbeOrder{.canary = "/home/c",
                           .unix_socket = "/s",
                           .abstract_socket = "a",
                           .scratch = "/t",
                           .tcp_port = 65535,
                           .memory_bytes = 5};
  const Order after = parse_order(encode(order).value()).value();
  ASSERT_TRUE(after.probe);
  EXPECT_EQ(after.probe->canary, "/home/c");
  EXPECT_EQ(after.probe->tcp_port, 65535);
  EXPECT_EQ(after.probe->memory_bytes, 5U);
}

TEST(Order, RefusesTextThatIsNotUtf8) {
  Order order = sample_order();
  order.settings.chat_template = "\xFF";
  EXPECT_EQ(encode(order).error().code, Code::InvalidArgument);
}

TEST(Order, LimitsAdapters) {
  Order order = sample_order();
  order.settings.adapters.assign(limits::kEngineAdaptersMax, {.descriptor = 7});
  EXPECT_TRUE(parse_order(encode(order).value()));
  order.settings.adapters.push_back({.descriptor = 7});
  EXPECT_EQ(parse_order(encode(order).value()).error().code, Code::Exhausted);
}

TEST(Message, IsTheSameOnTheOtherSide) {
  const std::vector<Message> messages = {
      PerimeterMessage{
          {{os::Barrier::Landlock, true, "abi 7"}, {os::Barrier::Seccomp, false, "no"}}},
      ReadyMessage{
          .context = 1, .trained_context = 2, .parameters = 3, .accelerator = true, .load_ms = 4.5},
      FailedMessage{{Code::Unsupported, "text", "hint"}},
      AttemptsMessage{
          {{.name = "a", .what = "b", .stopped = true, .mechanism = "c", .error_name = "EPERM"}}}};
  for (const Message& message : messages) {
    const std::string line = encode(message).value();
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(encode(parse_message(line).value()).value(), line);
  }
}

TEST(Message, RefusesEverythingElse) {
  struct Case {
    std::string line;
    std::string want;
  };
  for (const Case& c : std::vector<Case>{
           {"", "line 1"},
           {"null", "object"},
           {"{}", "type"},
           {R"({"type":"hello"})", "unknown message"},
           {R"({"type":"ready","context":-1,"trained_context":1,"parameters":1,"load_ms":1})",
            "context"},
           {R"({"type":"ready","context":4294967296,"trained_context":1,"parameters":1})",
            "context"},
           {R"({"type":"ready","context":1.5,"trained_context":1,"parameters":1,"load_ms":1})",
            "context"},
           {R"({"type":"perimeter","barriers":[{"name":"moat","enforced":true,"detail":""}]})",
            "moat"},
           {R"({"type":"perimeter","barriers":[{"name":"seccomp","enforced":1,"detail":""}]})",
            "enforced"},
           {R"({"type":"attempts"})", "attempts"}}) {
    const Result<Message> message = parse_message(c.line);
    ASSERT_FALSE(message) << c.line;
    EXPECT_EQ(message.error().code, Code::InvalidArgument) << c.line;
    EXPECT_THAT(message.error().text, HasSubstr(c.want)) << c.line;
  }
}

TEST(Message, CannotPutControlCharactersOnATerminal) {
  const Message message =
      parse_message(R"({"type":"failed","code":"unsupported","text":"\u001b[2Jgone","hint":""})")
          .value();
  EXPECT_EQ(std::get<FailedMessage>(message).error.text, " [2Jgone");
}

TEST(Message, CutsLongTextBetweenCharacters) {
  for (std::size_t size = 1990; size < 2010; ++size) {
    const std::string text = std::string(size, 'x') + "\u00e9\u00e9\u00e9\u00e9";
    const std::string line = encode(FailedMessage{{Code::Internal, text, ""}}).value();
    const Message message = parse_message(line).value();
    EXPECT_LE(std::get<FailedMessage>(message).error.text.size(), 2000U);
    EXPECT_EQ(encode(parse_message(encode(message).value()).value()).value(),
              encode(message).value());
  }
}

TEST(Message, AnUnknownCodeIsOurBug) {
  const Message message =
      parse_message(R"({"type":"failed","code":"x","text":"","hint":""})").value();
  EXPECT_EQ(std::get<FailedMessage>(message).error.code, Code::Internal);
}

}  // namespace
}  // namespace tegula::infer

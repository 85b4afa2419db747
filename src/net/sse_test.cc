#include "net/sse.h"

#include <vector>

#include <gtest/gtest.h>

namespace tegula::net {
namespace {

struct Parsed {
  std::vector<SseEvent> events;
  Result<void> result;
};

Parsed parse(std::string_view text, std::size_t piece_size) {
  Parsed out;
  SseParser parser([&](const SseEvent& event) -> Result<void> {
    out.events.push_back(event);
    return {};
  });
  for (std::size_t at = 0; at < text.size() && out.result; at += piece_size)
    out.result = parser.feed(text.substr(at, piece_size));
  return out;
}

SseEvent message(std::string data) { return {.type = "message", .data = std::move(data)}; }

struct Case {
  std::string_view name;
  std::string_view text;
  std::vector<SseEvent> want;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"one", "data: a\n\n", {message("a")}},
      {"two lines are one event", "data: a\ndata: b\n\n", {message("a\nb")}},
      {"one space only is dropped", "data:  a\n\ndata:b\n\n", {message(" a"), message("b")}},
      {"all line ends",
       "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
       {message("a"), message("b"), message("c")}},
      {"comments", ": ping\n\n:\n\ndata: a\n\n", {message("a")}},
      {"a type lasts one event",
       "event: x\ndata: a\n\ndata: b\n\n",
       {{.type = "x", .data = "a"}, message("b")}},
      {"without data no event", "event: x\n\ndata: b\n\n", {message("b")}},
      {"empty data is an event", "data\n\n", {message("")}},
      {"unknown fields", "id: 1\nretry: 5\nfoo: bar\ndata: a\n\n", {message("a")}},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "data: a\n\n",
       {message("a")}},
      {"unfinished at the end", "data: a\n\ndata: b\n", {message("a")}},
      {"colon in the value", "data: {\"a\": 1}\n\n", {message("{\"a\": 1}")}},
      {"nothing", "", {}}};
  return all;
}

TEST(SseParser, AgreesWithTheStandardInPiecesOfAnySize) {
  for (const Case& c : cases()) {
    for (std::size_t size = 1; size <= c.text.size() + 1; ++size) {
      const Parsed parsed = parse(c.text, size);
      EXPECT_TRUE(parsed.result) << c.name;
      EXPECT_EQ(parsed.events, c.want) << c.name << ", pieces of " << size;
    }
  }
}

TEST(SseParser, PassesTheSinksErrorOn) {
  SseParser parser([](const SseEvent&) { return fail(Code::Cancelled, "enough"); });
  EXPECT_EQ(parser.feed("data: a\n\n").error().code, Code::Cancelled);
}

TEST(SseParser, LimitsLinesAndEvents) {
  const std::string at_limit(limits::kSseLineBytesMax, ':');
  EXPECT_TRUE(parse(at_limit + "\n", 1U << 20U).result);
  EXPECT_EQ(parse(at_limit + ":\n", 1U << 20U).result.error().code, Code::Exhausted);

  const std::string line = "data:" + std::string(limits::kSseEventBytesMax / 2 - 1, 'x') + "\n";
  EXPECT_TRUE(parse(line + line + "\n", 1U << 20U).result);
  EXPECT_EQ(parse(line + line + "data:x\n", 1U << 20U).result.error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::net

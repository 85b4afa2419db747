#include "content/runtime_settings.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::content {
namespace {

RuntimeSettings full() {
  RuntimeSettings settings;
  settings.model = "m.gguf";
  settings.draft = "draft.gguf";
  settings.chat_template = "chat_template.jinja";
  settings.system = "Be brief.";
  settings.requires_version = "0.14.0";
  settings.adapters = {{"a.gguf", 1.0}, {"b.gguf", 0.5}};
  settings.messages = {{"user", "hi"}, {"assistant", "hello"}};
  settings.parameters = {{"temperature", 0.8},
                         {"top_k", std::int64_t{40}},
                         {"use_mmap", true},
                         {"stop", std::vector<std::string>{"###", "</s>"}}};
  return settings;
}

TEST(RuntimeSettings, ParseIsTheInverseOfEncode) {
  EXPECT_EQ(RuntimeSettings::parse(full().encode()).value(), full());
  RuntimeSettings least;
  least.model = "m.gguf";
  EXPECT_EQ(least.encode(), R"({"model":"m.gguf","version":1})");
  EXPECT_EQ(RuntimeSettings::parse(least.encode()).value(), least);
}

TEST(RuntimeSettings, AWholeNumberStaysTheSameParameter) {
  // 1.0 is written as 1 (RFC 8785) and read as an integer: readers ask for a number, not a type.
  RuntimeSettings settings;
  settings.model = "m.gguf";
  settings.parameters = {{"temperature", 1.0}};
  EXPECT_EQ(settings.encode(), R"({"model":"m.gguf","parameters":{"temperature":1},"version":1})");
}

TEST(RuntimeSettings, RefusesWhatItCannotAct) {
  struct Case {
    const char* json;
    Code code;
  };
  const Case cases[] = {
      {"", Code::InvalidArgument},
      {"[]", Code::InvalidArgument},
      {R"({"version":1})", Code::InvalidArgument},
      {R"({"model":"m"})", Code::InvalidArgument},
      {R"({"model":"m","version":2})", Code::Unsupported},
      {R"({"model":"m","version":1,"colour":"red"})", Code::Unsupported},
      {R"({"model":1,"version":1})", Code::InvalidArgument},
      {R"({"model":"m","version":1,"parameters":{"x":null}})", Code::InvalidArgument},
      {R"({"model":"m","version":1,"parameters":{"stop":[1]}})", Code::InvalidArgument},
      {R"({"model":"m","version":1,"messages":[{"role":"boss","content":""}]})",
       Code::InvalidArgument},
      {R"({"model":"m","version":1,"adapters":[{"file":"a"}]})", Code::InvalidArgument},
      {R"({"model":"m","version":1,"adapters":[{"file":"a","scale":1,"x":1}]})", Code::Unsupported},
  };
  for (const Case& c : cases) {
    const auto parsed = RuntimeSettings::parse(c.json);
    ASSERT_FALSE(parsed) << c.json;
    EXPECT_EQ(parsed.error().code, c.code) << c.json << ": " << parsed.error().text;
  }
}

TEST(RuntimeSettings, LimitsAdapters) {
  RuntimeSettings settings;
  settings.model = "m";
  settings.adapters.assign(limits::kEngineAdaptersMax, {"a", 1.0});
  EXPECT_TRUE(RuntimeSettings::parse(settings.encode()));
  settings.adapters.push_back({"a", 1.0});
  EXPECT_EQ(RuntimeSettings::parse(settings.encode()).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::content

#include "logserver/log_config.h"

#include <gtest/gtest.h>

namespace tegula::logserver {
namespace {

TEST(LogConfig, IsReadAsItWasWritten) {
  for (const LogConfig& config :
       {LogConfig{.kind = LogKind::Rekor, .origin = "log.example", .url = "https://log.example"},
        LogConfig{.kind = LogKind::Generic, .origin = "example.com/log1", .url = {}}})
    EXPECT_EQ(parse_log_config(encode(config)).value(), config);
}

TEST(LogConfig, IsRefusedIfItIsNotOurs) {
  struct Case {
    const char* json;
    Code code;
  };
  const Case cases[] = {
      {"", Code::InvalidArgument},
      {"[]", Code::InvalidArgument},
      {R"({"version":1})", Code::InvalidArgument},
      {R"({"version":2,"kind":"rekor","origin":"a"})", Code::Unsupported},
      {R"({"version":1,"kind":"ct","origin":"a"})", Code::InvalidArgument},
      {R"({"version":1,"kind":"rekor","origin":""})", Code::InvalidArgument},
      {R"({"version":1,"kind":"rekor","origin":"a b"})", Code::InvalidArgument},
      {R"({"version":1,"kind":"rekor","origin":"a+b"})", Code::InvalidArgument},
      {R"({"version":1,"kind":"rekor","origin":"a","url":7})", Code::InvalidArgument},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_log_config(c.json).error().code, c.code) << c.json;
  const auto with_origin = [](std::size_t chars) {
    return parse_log_config(encode({.origin = std::string(chars, 'a'), .url = {}}));
  };
  EXPECT_TRUE(with_origin(255));
  EXPECT_FALSE(with_origin(256));
}

TEST(LogConfig, KnowsHostNames) {
  for (const char* good : {"log.example", "a", "x-1.y"}) EXPECT_TRUE(is_host_name(good)) << good;
  for (const char* bad : {"", "log.example/x", "Log.example", "a:80", ".a", "a.", "-a", "a..b"})
    EXPECT_FALSE(is_host_name(bad)) << bad;
}

}  // namespace
}  // namespace tegula::logserver

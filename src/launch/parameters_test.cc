// Every parameter of a Modelfile reaches the engine: what each one changes in the order and in the
// request is looked at where both leave this process.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.h"
#include "infer/answer_reader.h"
#include "infer/protocol.h"
#include "launch/sampling.h"
#include "modelfile/schema.h"

namespace tegula::launch {
namespace {

constexpr std::uint32_t kContext = 1234;

content::Parameter stored(const modelfile::ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return std::vector<std::string>{*text};
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::get<bool>(value);
}

Parameters parameters_of(std::string_view name, std::string_view text) {
  return {{std::string(name), stored(modelfile::check_parameter(name, text).value())}};
}

// The engine's order and a request, as they are written.
Result<codec::Json> at_the_engine(const Parameters& parameters) {
  infer::Order order;
  TRY(apply_load_parameters(parameters, order.settings));
  order.settings.context = TRY(requested_context(parameters));
  infer::CompletionRequest request;
  request.prompt = "x";
  request.sampling = TRY(sampling_of(parameters));
  codec::Json out = TRY(codec::parse_json(TRY(infer::encode(order))));
  out["request"] = TRY(codec::parse_json(TRY(infer::request_body(request, kContext))));
  return out;
}

struct Row {
  std::string_view name;
  std::string_view text;  // as in a Modelfile
  std::string_view where;
  codec::Json want;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"num_ctx", "512", "/settings/context", 512},
      {"num_batch", "64", "/settings/batch", 64},
      {"num_batch", "64", "/settings/micro_batch", 64},
      {"num_gpu", "12", "/settings/gpu_layers", 12},
      {"main_gpu", "1", "/settings/main_gpu", 1},
      {"num_thread", "3", "/settings/threads", 3},
      {"use_mmap", "false", "/settings/map_model", false},
      {"draft_num_predict", "9", "/settings/draft_tokens", 9},
      {"seed", "7", "/request/seed", 7},
      {"num_predict", "5", "/request/n_predict", 5},
      {"num_predict", "-2", "/request/n_predict", -1},
      {"temperature", "0.5", "/request/temperature", 0.5},
      {"top_k", "3", "/request/top_k", 3},
      {"top_k", "-1", "/request/top_k", 0},
      {"top_p", "0.25", "/request/top_p", 0.25},
      {"min_p", "0.125", "/request/min_p", 0.125},
      {"typical_p", "0.5", "/request/typical_p", 0.5},
      {"repeat_last_n", "8", "/request/repeat_last_n", 8},
      {"repeat_last_n", "-1", "/request/repeat_last_n", kContext},
      {"repeat_penalty", "1.5", "/request/repeat_penalty", 1.5},
      {"presence_penalty", "0.5", "/request/presence_penalty", 0.5},
      {"frequency_penalty", "-0.5", "/request/frequency_penalty", -0.5},
      {"stop", "END", "/request/stop", codec::Json::array({"END"})}};
  return all;
}

TEST(Parameters, EachReachesTheEngine) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    const codec::Json sent = at_the_engine(parameters_of(row.name, row.text)).value();
    const codec::Json::json_pointer at{std::string(row.where)};
    ASSERT_TRUE(sent.contains(at)) << row.where;
    EXPECT_EQ(sent[at], row.want);
    const codec::Json before = at_the_engine({}).value();
    EXPECT_TRUE(row.text.starts_with('-') || !before.contains(at) || before[at] != row.want)
        << "the default shows nothing";
  }
}

TEST(Parameters, NoneOfTheSchemaIsLeftOut) {
  for (const modelfile::ParameterInfo& info : modelfile::parameters()) {
    if (info.deprecated || info.name == "num_keep") continue;  // refused; nothing is ever cut
    EXPECT_TRUE(std::ranges::any_of(rows(), [&](const Row& row) { return row.name == info.name; }))
        << info.name << " needs its row";
  }
}

TEST(Parameters, WhatTheSchemaTakesIsNotRefusedLater) {
  for (const modelfile::ParameterInfo& info : modelfile::parameters()) {
    if (info.deprecated || info.type == modelfile::ParameterType::List) continue;
    for (const double bound : {info.min, info.max}) {
      const std::string text = fmt::format("{}", bound);
      const auto sent = at_the_engine(parameters_of(info.name, text));
      EXPECT_TRUE(sent) << info.name << " " << text << ": " << sent.error().text;
    }
  }
}

TEST(Parameters, NamesThoseThatNeedAnAccelerator) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  const Parameters some = {{"num_gpu", std::int64_t{99}}, {"main_gpu", std::int64_t{1}}};
  EXPECT_THAT(without_effect(some, false), ElementsAre("num_gpu", "main_gpu"));
  EXPECT_THAT(without_effect(some, true), IsEmpty());
  const Parameters none = {{"num_gpu", std::int64_t{-1}}, {"main_gpu", std::int64_t{0}}};
  EXPECT_THAT(without_effect(none, false), IsEmpty());
}

TEST(Parameters, ThoseOfLoadingAreKnown) {
  for (const Row& row : rows())
    EXPECT_EQ(is_load_parameter(row.name), row.where.starts_with("/settings")) << row.name;
}

}  // namespace
}  // namespace tegula::launch

#include "modelfile/schema.h"

#include <set>

#include <gtest/gtest.h>

namespace tegula::modelfile {
namespace {

TEST(Schema, HasEveryInstructionOnce) {
  EXPECT_EQ(instructions().size(), 13U);
  std::set<std::string_view> words;
  for (const InstructionInfo& info : instructions()) {
    EXPECT_TRUE(words.insert(info.word).second);
    EXPECT_EQ(&info_of(info.instruction), &info);
    EXPECT_EQ(find_instruction(info.word), &info);
  }
  EXPECT_EQ(find_instruction("fRoM"), &info_of(Instruction::From));
  EXPECT_EQ(find_instruction("FRO"), nullptr);
  EXPECT_EQ(find_instruction(""), nullptr);
}

TEST(Parameter, TakesItsType) {
  EXPECT_EQ(check_parameter("top_k", "40").value(), ParameterValue(std::int64_t{40}));
  EXPECT_EQ(check_parameter("top_k", "+40").value(), ParameterValue(std::int64_t{40}));
  EXPECT_EQ(check_parameter("seed", "-1").value(), ParameterValue(std::int64_t{-1}));
  EXPECT_EQ(check_parameter("top_p", "1").value(), ParameterValue(1.0));
  EXPECT_EQ(check_parameter("temperature", "7e-1").value(), ParameterValue(0.7));
  EXPECT_EQ(check_parameter("use_mmap", "T").value(), ParameterValue(true));
  EXPECT_EQ(check_parameter("use_mmap", "0").value(), ParameterValue(false));
  EXPECT_EQ(check_parameter("stop", " a").value(), ParameterValue(std::string(" a")));
}

TEST(Parameter, RefusesOtherNamesTypesAndRanges) {
  struct Case {
    std::string_view name;
    std::string_view value;
    Code code;
    std::string_view words;
  };
  const Case cases[] = {
      {"temprature", "1", Code::InvalidArgument, "did you mean temperature?"},
      {"numa", "true", Code::InvalidArgument, "unknown parameter"},
      {"", "1", Code::InvalidArgument, "unknown parameter"},
      {"Top_K", "1", Code::InvalidArgument, "did you mean top_k?"},
      {"mirostat", "1", Code::Unsupported, "no effect"},
      {"top_k", "", Code::InvalidArgument, "got \"\""},
      {"top_k", "1.5", Code::InvalidArgument, "whole number from -1 to 2147483647"},
      {"top_k", "1 ", Code::InvalidArgument, "got \"1 \""},
      {"top_k", "0x10", Code::InvalidArgument, "whole"},
      {"top_k", "+-1", Code::InvalidArgument, "whole"},
      {"top_k", "2147483648", Code::InvalidArgument, "whole"},
      {"num_ctx", "0", Code::InvalidArgument, "from 1"},
      {"seed", "99999999999999999999", Code::InvalidArgument, "whole"},
      {"top_p", "1.01", Code::InvalidArgument, "from 0 to 1"},
      {"top_p", "-0.1", Code::InvalidArgument, "from 0 to 1"},
      {"temperature", "nan", Code::InvalidArgument, "number"},
      {"temperature", "inf", Code::InvalidArgument, "number"},
      {"temperature", "0,7", Code::InvalidArgument, "number"},
      {"use_mmap", "yes", Code::InvalidArgument, "true or false"},
      {"stop", "", Code::InvalidArgument, "some text"},
  };
  for (const Case& c : cases) {
    const Result<ParameterValue> got = check_parameter(c.name, c.value);
    ASSERT_FALSE(got.has_value()) << c.name << " " << c.value;
    EXPECT_EQ(got.error().code, c.code) << c.name;
    EXPECT_NE((got.error().text + got.error().hint).find(c.words), std::string::npos)
        << got.error().text << " / " << got.error().hint;
  }
}

TEST(Parameter, IsCheckedAtItsLimits) {
  EXPECT_TRUE(check_parameter("top_k", "2147483647").has_value());
  EXPECT_TRUE(check_parameter("seed", "4294967295").has_value());
  EXPECT_FALSE(check_parameter("seed", "4294967296").has_value());
  EXPECT_TRUE(check_parameter("num_predict", "-2").has_value());
  EXPECT_FALSE(check_parameter("num_predict", "-3").has_value());
}

TEST(Target, ReadsOptions) {
  EXPECT_EQ(parse_target("gguf").value(), (Target{"gguf", {}}));
  const Target target = parse_target(" gguf \t quant=q4_k_m ").value();
  EXPECT_EQ(target.option("quant"), "Q4_K_M");
  EXPECT_EQ(target.option("bits"), "");
  EXPECT_EQ(parse_target("gguf file=My.gguf imatrix=./i.gguf")->option("file"), "My.gguf");
  EXPECT_EQ(parse_target("mlx bits=5 group=64").value().options.size(), 2U);
}

TEST(Target, RefusesTheUnknown) {
  for (const std::string_view bad :
       {"", "ggufs quant=F16", "gguf quant", "gguf quant=", "gguf bits=4", "gguf quant=Q4",
        "gguf quant=F16 quant=F16", "gguf file=", "mlx bits=7"})
    EXPECT_EQ(parse_target(bad).error().code, Code::InvalidArgument) << bad;
  EXPECT_EQ(parse_target("ggfu").error().hint, "did you mean gguf?");
}

TEST(Label, HasTwoForms) {
  EXPECT_EQ(parse_label("a.b/c=d e").value(), (Label{"a.b/c", "d e"}));
  EXPECT_EQ(parse_label("a d=e").value(), (Label{"a", "d=e"}));
  EXPECT_EQ(parse_label("a=\"b c\"").value(), (Label{"a", "b c"}));
  EXPECT_EQ(parse_label("a=").value(), (Label{"a", ""}));
  for (const std::string_view bad : {"", "a", "=b", " a=b", "\u00E9=b", "a\nb=c"})
    EXPECT_FALSE(parse_label(bad).has_value()) << bad;
}

TEST(Adapter, MayHaveAScale) {
  EXPECT_EQ(parse_adapter("a b.gguf").value(), (Adapter{"a b.gguf", 1}));
  EXPECT_EQ(parse_adapter("a b.gguf  scale=-0.5").value(), (Adapter{"a b.gguf", -0.5}));
  EXPECT_EQ(parse_adapter("a scale=1 scale=100").value(), (Adapter{"a scale=1", 100}));
  EXPECT_EQ(parse_adapter("ascale=2").value(), (Adapter{"ascale=2", 1}));
  for (const std::string_view bad :
       {"", " scale=1", "a scale=", "a scale=x", "a scale=100.1", "a scale=nan", "a scale=1 b"})
    EXPECT_FALSE(parse_adapter(bad).has_value()) << bad;
}

TEST(Requires, IsSemver) {
  EXPECT_EQ(parse_requires("v0.14.0").value(), "0.14.0");
  for (const std::string_view good :
       {"0", "1.2", "1.2.3-rc.1+b.01", "1.2.3+0", "1.2.3--", "10.20.30"})
    EXPECT_TRUE(parse_requires(good).has_value()) << good;
  for (const std::string_view bad : {"", "v", "01.2.3", "1.2.3.4", "1.2-rc", "1.2.3-", "1.2.3-01",
                                     "1.2.3-a..b", "1.2.3+", "1.2.3-\u00E9", "latest", "1.", "vv1"})
    EXPECT_FALSE(parse_requires(bad).has_value()) << bad;
}

}  // namespace
}  // namespace tegula::modelfile

#include "build/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::build {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

content::Digest digest(char c) {
  return content::Digest::parse("sha256:" + std::string(64, c)).value();
}

Lock sample() {
  Lock out;
  out.inputs = {{InputRole::Recipe, "Modelfile", "file", digest('a'), 40},
                {InputRole::From, "./m.gguf", "file", digest('b'), 4096},
                {InputRole::Adapter, "helper", "store", digest('c'), 77}};
  out.source_date = WallTime(std::chrono::seconds(1'700'000'000));
  out.targets = {"gguf"};
  out.outputs.emplace("gguf", digest('d'));
  return out;
}

// The whole text, since its digest is the build's name.
TEST(Lock, HasOneForm) {
  const std::string hash(64, 'a');
  Lock lock;
  lock.inputs = {{InputRole::Recipe, "Modelfile", "file", digest('a'), 40}};
  lock.targets = {"gguf"};
  EXPECT_EQ(lock.encode(),
            R"({"inputs":[{"digest":"sha256:)" + hash +
                R"(","name":"Modelfile","origin":"file","role":"recipe","size":40}],)"
                R"("numerics":"tegula-numerics-1","outputs":[],"seed":0,)"
                R"("source_date_epoch":0,"targets":["gguf"],"version":1})"
                "\n");
  EXPECT_EQ(lock.build_id(),
            content::Digest::of(
                bytes_of(R"({"inputs":[{"digest":"sha256:)" + hash +
                         R"(","name":"Modelfile","origin":"file","role":"recipe","size":40}],)"
                         R"("numerics":"tegula-numerics-1","seed":0,)"
                         R"("source_date_epoch":0,"targets":["gguf"],"version":1})")));
}

TEST(Lock, ParseAndEncodeAreInverse) {
  EXPECT_EQ(Lock::parse(sample().encode()).value(), sample());
  EXPECT_EQ(Lock::parse(Lock().encode()).value(), Lock());
}

TEST(Lock, TheBuildIdLeavesTheOutputsOut) {
  Lock other = sample();
  other.outputs.clear();
  EXPECT_EQ(other.build_id(), sample().build_id());
  other.seed = 1;
  EXPECT_NE(other.build_id(), sample().build_id());
}

TEST(Lock, RefusesWhatIsNoLock) {
  const std::string good = sample().encode();
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string out = good;
    const std::size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return out.replace(at, from.size(), to);
  };
  struct Case {
    std::string text;
    Code code;
    const char* says;
  };
  const Case cases[] = {
      {"", Code::InvalidArgument, "Modelfile.lock"},
      {"[]", Code::InvalidArgument, "object"},
      {"{}", Code::InvalidArgument, "version"},
      {with("\"version\":1", "\"version\":2"), Code::Unsupported, "version 2"},
      {with("\"seed\":0", "\"seed\":-1"), Code::InvalidArgument, "seed"},
      {with("\"seed\":0", "\"seed\":9007199254740993"), Code::InvalidArgument, "seed"},
      {with("\"seed\":0", "\"sneed\":0"), Code::InvalidArgument, "sneed"},
      {with("1700000000", "9223372036"), Code::InvalidArgument, "source_date_epoch"},
      {with("\"from\"", "\"form\""), Code::InvalidArgument, "\"form\" is no role"},
      {with("\"./m.gguf\"", "\"\""), Code::InvalidArgument, "input 2: \"name\" has 0 bytes"},
      {with("sha256:b", "sha256:B"), Code::InvalidArgument, "input 2: \"digest\""},
      {with("\"size\":40", "\"size\":\"40\""), Code::InvalidArgument, "input 1"},
      {with("\"target\":\"gguf\"", "\"target\":\"mlx\""), Code::InvalidArgument,
       "belongs to no target"},
      {with("\"adapter\"", "\"from\"").replace(good.find("helper"), 6, "./m.gguf"),
       Code::InvalidArgument, "\"./m.gguf\" is there twice"},
      {with("\"targets\":[\"gguf\"]", "\"targets\":[1]"), Code::InvalidArgument, "a target"},
      {with("\"outputs\":[",
            "\"outputs\":[{\"digest\":\"" + digest('e').str() + "\",\"target\":\"gguf\"},"),
       Code::InvalidArgument, "there twice"},
  };
  for (const Case& c : cases) {
    const Result<Lock> lock = Lock::parse(c.text);
    ASSERT_FALSE(lock) << c.text;
    EXPECT_EQ(lock.error().code, c.code) << c.text << lock.error().text;
    EXPECT_THAT(lock.error().text, HasSubstr(c.says));
  }
}

TEST(Lock, HasLimits) {
  Lock lock = sample();
  lock.inputs[0].name = std::string(limits::kLockTextBytesMax, 'x');
  EXPECT_TRUE(Lock::parse(lock.encode()));
  lock.inputs[0].name += 'x';
  EXPECT_EQ(Lock::parse(lock.encode()).error().code, Code::InvalidArgument);

  lock = sample();
  lock.outputs.clear();
  lock.targets.assign(limits::kLockTargetsMax, "gguf");
  EXPECT_TRUE(Lock::parse(lock.encode()));
  lock.targets.emplace_back("mlx");
  EXPECT_EQ(Lock::parse(lock.encode()).error().code, Code::Exhausted);

  const std::string padded = sample().encode() + std::string(limits::kLockBytesMax, ' ');
  EXPECT_EQ(Lock::parse(padded).error().code, Code::Exhausted);
  std::string many = R"({"version":1,"inputs":[{})";
  for (std::size_t i = 0; i < limits::kLockInputsMax; ++i) many += ",{}";
  EXPECT_EQ(Lock::parse(many + "]}").error().code, Code::Exhausted);
}

TEST(Lock, SaysWhatDiffers) {
  EXPECT_TRUE(differences(sample(), sample()).empty());
  Lock after = sample();
  after.inputs[1].digest = digest('e');
  after.inputs[2].name = "other";
  after.seed = 7;
  EXPECT_THAT(differences(sample(), after),
              ElementsAre("input \"./m.gguf\": sha256:bbbbbbbbbbbb… is now sha256:eeeeeeeeeeee…",
                          "input \"other\" is new", "input \"helper\" is gone", "seed 0 is now 7"));
  after = sample();
  after.inputs[1].origin = "hf";
  after.targets = {"mlx"};
  after.numerics = "tegula-numerics-2";
  after.source_date = {};
  EXPECT_EQ(differences(sample(), after).size(), 4U);
  after = sample();
  std::swap(after.inputs[1], after.inputs[2]);
  EXPECT_THAT(differences(sample(), after), ElementsAre("the order of the inputs differs"));
}

TEST(Lock, SaysWhichOutputsDifferOfTheSameInputs) {
  Lock before = sample();
  before.outputs = {{"gguf", digest('a')}, {"mlx", digest('b')}};
  Lock after = before;
  EXPECT_TRUE(output_differences(before, after).empty());
  after.outputs.find("mlx")->second = digest('c');
  EXPECT_THAT(output_differences(before, after),
              ElementsAre("target \"mlx\" was " + digest('b').str() + ", and is " +
                          digest('c').str() + " of the same inputs"));
  after.seed = 7;
  EXPECT_TRUE(output_differences(before, after).empty());
}

}  // namespace
}  // namespace tegula::build

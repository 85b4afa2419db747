#include "build/recipe.h"

#include <gtest/gtest.h>

#include "modelfile/parser.h"

namespace tegula::build {
namespace {

std::expected<Recipe, modelfile::Diagnostic> read(std::string_view text) {
  const auto parsed = modelfile::parse(text);
  EXPECT_TRUE(parsed) << text;
  return recipe_of(*parsed);
}

TEST(Recipe, TakesEveryInstruction) {
  const auto recipe = read(
      "FROM ./m.gguf\n"
      "ADAPTER ./a b.gguf\nADAPTER ./c.gguf scale=0.5\nDRAFT ./d.gguf\n"
      "PARAMETER temperature 0.2\nPARAMETER top_k 5\nPARAMETER stop a\nPARAMETER stop b\n"
      "SYSTEM Be brief.\nMESSAGE user hi\nMESSAGE assistant hello\n"
      "LICENSE one\nLICENSE two\nREQUIRES 0.14.0\nTARGET gguf\n"
      "LABEL description=\"Adds numbers\"\nLABEL com.example.team=red\n");
  ASSERT_TRUE(recipe) << recipe.error().text;
  EXPECT_EQ(recipe->from, "./m.gguf");
  ASSERT_EQ(recipe->adapters.size(), 2U);
  EXPECT_EQ(recipe->adapters[0].path, "./a b.gguf");
  EXPECT_EQ(recipe->adapters[1].path, "./c.gguf");
  EXPECT_EQ(recipe->adapters[1].scale, 0.5);
  EXPECT_EQ(recipe->draft, "./d.gguf");
  EXPECT_EQ(std::get<double>(recipe->parameters.at("temperature")), 0.2);
  EXPECT_EQ(std::get<std::int64_t>(recipe->parameters.at("top_k")), 5);
  EXPECT_EQ(std::get<std::vector<std::string>>(recipe->parameters.at("stop")),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(recipe->messages.size(), 2U);
  EXPECT_EQ(recipe->licenses.size(), 2U);
  EXPECT_EQ(recipe->labels.at("org.opencontainers.image.description"), "Adds numbers");
  EXPECT_EQ(recipe->labels.at("com.example.team"), "red");
}

TEST(Recipe, KeepsJinjaAndTranslatesGo) {
  EXPECT_EQ(read("FROM m\nTEMPLATE \"{% for m in messages %}{{ m.content }}{% endfor %}\"\n")
                ->chat_template,
            "{% for m in messages %}{{ m.content }}{% endfor %}");
  const auto go = read("FROM m\nTEMPLATE \"{{ .System }} {{ .Prompt }}\"\n");
  ASSERT_TRUE(go) << go.error().text;
  EXPECT_NE(go->chat_template.find("{%"), std::string::npos);
}

TEST(Recipe, RefusesWhatLintRefuses) {
  const auto recipe = read("FROM ./m.gguf\nDRAFT ./m.gguf\n");
  ASSERT_FALSE(recipe);
  EXPECT_EQ(recipe.error().rule, "draft-is-base");
}

TEST(Recipe, PointsAtWhatIsWrong) {
  const auto place = [](std::string_view text) { return read(text).error().place; };
  EXPECT_EQ(place("FROM m\nPARAMETER temprature 1\n"), (modelfile::Place{2, 11}));
  EXPECT_EQ(place("FROM m\nPARAMETER mirostat 1\n"), (modelfile::Place{2, 11}));
  EXPECT_EQ(place("FROM m\nPARAMETER top_k lots\n"), (modelfile::Place{2, 17}));
  EXPECT_EQ(place("FROM m\nRENDERER qwen3-coder\n"), (modelfile::Place{2, 10}));
}

TEST(Recipe, RefusesWhatItCannotDo) {
  struct Case {
    const char* text;
    Code code;
    int line;
  };
  const Case cases[] = {
      {"FROM m\nRENDERER qwen3-coder\n", Code::Unsupported, 2},
      {"FROM m\nPARSER qwen3-coder\n", Code::Unsupported, 2},
      {"FROM m\nFROM projector.gguf\n", Code::Unsupported, 2},
      {"FROM m\nTARGET mlx bits=4\nTARGET mlx group=64 bits=4\n", Code::InvalidArgument, 3},
      {"FROM m\nTARGET gguf imatrix=i\n", Code::InvalidArgument, 2},
      {"FROM m\nTARGET mlx bits=4\nDRAFT ./d.gguf\n", Code::Unsupported, 3},
      {"FROM m\nDRAFT ./d.gguf\nTARGET safetensors\n", Code::Unsupported, 3},
      {"FROM m\nREQUIRES 99.0.0\n", Code::Unsupported, 2},
      {"FROM m\n\nPARAMETER mirostat 1\n", Code::Unsupported, 3},
      {"FROM m\nPARAMETER temprature 1\n", Code::InvalidArgument, 2},
      {"FROM m\nPARAMETER top_k lots\n", Code::InvalidArgument, 2},
      {"FROM m\nADAPTER a.gguf scale=big\n", Code::InvalidArgument, 2},
      {"FROM m\nADAPTER a.gguf scale=nan\n", Code::InvalidArgument, 2},
      {"FROM m\nLABEL dev.tegula.target=mlx\n", Code::InvalidArgument, 2},
      {"FROM m\nTEMPLATE {{ .Nonsense.Deep }}\n", Code::Unsupported, 2},
  };
  for (const Case& c : cases) {
    const auto recipe = read(c.text);
    ASSERT_FALSE(recipe) << c.text;
    EXPECT_EQ(recipe.error().code, c.code) << c.text << recipe.error().text;
    EXPECT_EQ(recipe.error().place.line, c.line) << c.text;
  }
}

}  // namespace
}  // namespace tegula::build

#include "source/ollama_manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::source {
namespace {

using ::testing::HasSubstr;

std::string blob(std::string_view type, char hex = 'a') {
  return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":7}})", type,
                     std::string(64, hex));
}

std::string layer(std::string_view kind) {
  return blob(fmt::format("application/vnd.ollama.image.{}", kind));
}

std::string manifest(std::string_view layers) {
  return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})",
                     blob("application/vnd.docker.container.image.v1+json"), layers);
}

TEST(OllamaManifest, ReadsEveryLayerItKnows) {
  const auto parsed = parse_ollama_manifest(manifest(
      layer("model") + "," + layer("projector") + "," + layer("adapter") + "," + layer("draft") +
      "," + layer("template") + "," + layer("prompt") + "," + layer("system") + "," +
      layer("params") + "," + layer("messages") + "," + layer("license")));
  ASSERT_TRUE(parsed) << parsed.error().text;
  ASSERT_EQ(parsed->layers.size(), 10U);
  EXPECT_EQ(parsed->layers[0].kind, OllamaLayer::Model);
  EXPECT_EQ(parsed->layers[5].kind, OllamaLayer::Template);
  EXPECT_EQ(parsed->layers[0].blob.size, 7U);
}

struct Refusal {
  std::string json;
  Code code;
  const char* text;
};

TEST(OllamaManifest, RefusesWhatItCannotMean) {
  const std::string model = layer("model");
  const Refusal cases[] = {
      {"", Code::Corrupt, ""},
      {"[]", Code::Corrupt, "expected a JSON object"},
      {"{}", Code::Corrupt, "config"},
      {R"({"config":[],"layers":[]})", Code::Corrupt, "config: expected a JSON object"},
      {R"({"config":)" + blob("x") + "}", Code::Corrupt, "layers"},
      {manifest("7"), Code::Corrupt, "layer 0: expected a JSON object"},
      {manifest("{}"), Code::Corrupt, "layer 0"},
      {manifest(""), Code::Unsupported, "0 model files"},
      {manifest(model + "," + model), Code::Unsupported, "2 model files"},
      {manifest(model + "," + layer("tensor")), Code::Unsupported, "layer 1: the model is in"},
      {manifest(model + "," + layer("dance")), Code::Unsupported, "image.dance\" are not read"},
      {manifest(model + "," + blob("model")), Code::Unsupported, "type \"model\""},
      {manifest(blob("application/vnd.ollama.image.model", 'G')), Code::Corrupt, "layer 0"},
      {manifest(R"({"mediaType":"a","digest":"sha256:../../etc/passwd","size":1})"), Code::Corrupt,
       "layer 0"},
      {manifest(R"({"mediaType":"a","digest":"sha256:)" + std::string(64, 'a') + R"(","size":-1})"),
       Code::Corrupt, "size"},
      {std::string(100, '['), Code::Exhausted, ""},
  };
  for (const Refusal& c : cases) {
    const auto parsed = parse_ollama_manifest(c.json);
    ASSERT_FALSE(parsed) << c.json;
    EXPECT_EQ(parsed.error().code, c.code) << c.json << ": " << parsed.error().text;
    EXPECT_THAT(parsed.error().text, HasSubstr(c.text));
  }
}

TEST(OllamaManifest, LimitsLayers) {
  std::string layers = layer("model");
  for (std::size_t i = 1; i < limits::kManifestLayersMax; ++i) layers += "," + layer("license");
  EXPECT_TRUE(parse_ollama_manifest(manifest(layers)));
  EXPECT_EQ(parse_ollama_manifest(manifest(layers + "," + layer("license"))).error().code,
            Code::Corrupt);
}

TEST(OllamaConfig, TellsOfWhatIsBuiltIn) {
  const auto config = parse_ollama_config(
      R"({"model_format":"gguf","renderer":"qwen3-coder","parser":"p","requires":"0.12.0"})");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->renderer, "qwen3-coder");
  EXPECT_EQ(config->parser, "p");
  EXPECT_EQ(config->requires_version, "0.12.0");
  EXPECT_TRUE(parse_ollama_config("{}"));
}

TEST(OllamaConfig, RefusesModelsThatAreElsewhereOrOfAnotherFormat) {
  EXPECT_THAT(parse_ollama_config(R"({"remote_host":"https://ollama.com:443"})").error().text,
              HasSubstr("runs at https://ollama.com"));
  EXPECT_EQ(parse_ollama_config(R"({"model_format":"safetensors"})").error().code,
            Code::Unsupported);
  EXPECT_EQ(parse_ollama_config(R"({"renderer":7})").error().code, Code::Corrupt);
}

TEST(OllamaParams, KeepsTypes) {
  const auto params = parse_ollama_params(
      R"({"num_ctx":4096,"temperature":1,"top_p":0.5,"use_mmap":true,"stop":["a","b"],)"
      R"("x":null,"s":"c"})");
  ASSERT_TRUE(params) << params.error().text;
  EXPECT_EQ(params->at("num_ctx"), content::Parameter(std::int64_t{4096}));
  EXPECT_EQ(params->at("temperature"), content::Parameter(1.0));
  EXPECT_EQ(params->at("top_p"), content::Parameter(0.5));
  EXPECT_EQ(params->at("use_mmap"), content::Parameter(true));
  EXPECT_EQ(params->at("stop"), content::Parameter(std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(params->at("s"), content::Parameter(std::vector<std::string>{"c"}));
  EXPECT_FALSE(params->contains("x"));
}

TEST(OllamaParams, RefusesOtherValues) {
  for (const char* json : {"[]", "7", R"({"a":{}})", R"({"stop":["a",7]})",
                           R"({"seed":18446744073709551615})", R"({"a":1,"a":2})"})
    EXPECT_EQ(parse_ollama_params(json).error().code, Code::Corrupt) << json;
}

TEST(OllamaMessages, AreOfThreeRoles) {
  const auto messages = parse_ollama_messages(
      R"([{"role":"user","content":"hi"},{"role":"assistant","content":""}])");
  ASSERT_TRUE(messages) << messages.error().text;
  EXPECT_EQ((*messages)[0], (content::Message{"user", "hi"}));
  EXPECT_TRUE(parse_ollama_messages("null")->empty());
  for (const char* json :
       {"{}", "[7]", R"([{"role":"tool","content":"x"}])", R"([{"role":"user"}])"})
    EXPECT_EQ(parse_ollama_messages(json).error().code, Code::Corrupt) << json;
}

}  // namespace
}  // namespace tegula::source

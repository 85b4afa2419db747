#include "tensor/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/hf_test_model.h"

namespace tegula::tensor {
namespace {

using codec::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Byte-level BPE of "a", "b", "ab" and an end.
Json bpe(std::string_view regex = kLlama3Regex) {
  Json json = Json::parse(R"({
    "added_tokens": [{"id": 3, "content": "<|end|>", "special": true},
                     {"id": 4, "content": "<tool>", "special": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": ""}, "behavior": "Isolated", "invert": false},
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]},
    "post_processor": null,
    "model": {"type": "BPE", "ignore_merges": true, "byte_fallback": false,
              "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})");
  json["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = regex;
  return json;
}

TEST(Tokenizer, ReadsByteLevelBpe) {
  const Result<Tokenizer> tokenizer = tokenizer_of_json(bpe(), 7);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text;
  EXPECT_EQ(tokenizer->model, "gpt2");
  EXPECT_EQ(tokenizer->pre, "llama-bpe");
  EXPECT_THAT(tokenizer->tokens,
              ElementsAre("a", "b", "ab", "<|end|>", "<tool>", "[PAD5]", "[PAD6]"));
  EXPECT_THAT(tokenizer->types, ElementsAre(1, 1, 1, 3, 4, 5, 5));
  EXPECT_THAT(tokenizer->merges, ElementsAre("a b"));
  EXPECT_TRUE(tokenizer->scores.empty());
}

TEST(Tokenizer, ReadsMergesThatArePairs) {
  Json json = bpe();
  json["model"]["merges"] = Json::parse(R"([["a", "b"]])");
  EXPECT_THAT(tokenizer_of_json(json, 5)->merges, ElementsAre("a b"));
}

TEST(Tokenizer, NamesTheWayTextIsCut) {
  Json json = bpe();
  EXPECT_EQ(pre_tokenizer_name(json), "llama-bpe");
  json["model"]["ignore_merges"] = false;
  EXPECT_EQ(pre_tokenizer_name(json), "smaug-bpe");
  EXPECT_EQ(pre_tokenizer_name(bpe(kQwen2Regex)), "");
  json = bpe(kQwen2Regex);
  json["model"].erase("ignore_merges");
  EXPECT_EQ(pre_tokenizer_name(json), "qwen2");
  json["pre_tokenizer"] = Json::parse(R"({"type":"ByteLevel","add_prefix_space":false})");
  EXPECT_EQ(pre_tokenizer_name(json), "gpt-2");
  EXPECT_EQ(pre_tokenizer_name(bpe("\\w+")), "");
  json = bpe();
  json["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed";
  EXPECT_EQ(pre_tokenizer_name(json), "");
}

TEST(Tokenizer, TurnsByteFallbackIntoScores) {
  Json json = bpe();
  json["model"]["byte_fallback"] = true;
  json["model"]["unk_token"] = "b";
  json["model"]["vocab"]["<0x0A>"] = 5;
  const Result<Tokenizer> tokenizer = tokenizer_of_json(json, 6);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text;
  EXPECT_EQ(tokenizer->model, "llama");
  EXPECT_THAT(tokenizer->types, ElementsAre(1, 2, 1, 3, 4, 6));
  EXPECT_EQ(tokenizer->scores[2], 0);
  EXPECT_LT(tokenizer->scores[0], tokenizer->scores[2]);
}

TEST(Tokenizer, RefusesBrokenOnesByName) {
  struct Case {
    std::string what;
    Json json;
    Code code;
    std::string text;
  };
  const auto with = [](std::string_view pointer, Json value) {
    Json json = bpe();
    json[Json::json_pointer(std::string(pointer))] = std::move(value);
    return json;
  };
  for (const Case& each : std::vector<Case>{
           {"a hole", with("/model/vocab", {{"a", 0}, {"b", 1}, {"ab", 6}}), Code::Corrupt,
            "no token has the id 2"},
           {"an id twice", with("/model/vocab", {{"a", 0}, {"b", 0}, {"ab", 2}}), Code::Corrupt,
            "\"a\" and \"b\" have the id 0"},
           {"a negative id", with("/model/vocab/a", -1), Code::Corrupt, "token \"a\""},
           {"a huge id", with("/model/vocab/a", 4'000'000'000), Code::Corrupt, "token \"a\""},
           {"a merge of three", with("/model/merges", {"a b c"}), Code::Corrupt, "merge 0"},
           {"a merge into nothing", with("/model/merges", {"b a"}), Code::Corrupt,
            "merge 0: the token \"ba\""},
           {"words", with("/model/type", "WordPiece"), Code::Unsupported, "\"WordPiece\""},
           {"another cut", with("/pre_tokenizer", nullptr), Code::Unsupported, "pre_tokenizer"},
           {"lower case", with("/normalizer", {{"type", "Lowercase"}}), Code::Unsupported,
            "\"Lowercase\""},
           {"no vocabulary", with("/model/vocab", nullptr), Code::Corrupt, "model.vocab"},
           {"an array", Json::array(), Code::Unsupported, "type \"\""}}) {
    const Result<Tokenizer> tokenizer = tokenizer_of_json(each.json, 10);
    ASSERT_FALSE(tokenizer) << each.what;
    EXPECT_EQ(tokenizer.error().code, each.code) << each.what;
    EXPECT_THAT(tokenizer.error().text, HasSubstr(each.text)) << each.what;
  }
  EXPECT_THAT(tokenizer_of_json(bpe(), 2).error().text, HasSubstr("3 tokens, the model 2"));
}

TEST(SentencePiece, ReadsPiecesAndKind) {
  const Result<SentencePieceModel> model = read_sentencepiece(test_sentencepiece());
  ASSERT_TRUE(model) << model.error().text;
  ASSERT_EQ(model->pieces.size(), 260U);
  EXPECT_TRUE(model->is_bpe);
  EXPECT_TRUE(model->add_dummy_prefix);
  EXPECT_EQ(model->pieces[259].text, "a");
  EXPECT_EQ(model->pieces[259].score, -1.5F);
  EXPECT_EQ(model->pieces[3].type, PieceType::Byte);
}

TEST(SentencePiece, RefusesBrokenOnes) {
  const auto error = [](Bytes bytes) { return read_sentencepiece(bytes).error().text; };
  EXPECT_THAT(error({}), HasSubstr("has no tokens"));
  EXPECT_THAT(error({0x0A, 0x05, 0x0A}), HasSubstr("ends after the file"));
  EXPECT_THAT(error({0x0B}), HasSubstr("wire type 3"));
  EXPECT_THAT(error({0x0A, 0x02, 0x0A, 0x00}), HasSubstr("token 0: the text is empty"));
  EXPECT_THAT(error({0x0A, 0x03, 0x0A, 0x01, 0xFF}), HasSubstr("not UTF-8"));
  EXPECT_THAT(error({0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x09}), HasSubstr("unknown type 9"));
  EXPECT_THAT(error(Bytes(11, 0xFF)), HasSubstr("ten bytes"));
  EXPECT_EQ(read_sentencepiece(Bytes{0x12, 0x02, 0x18, 0x03}).error().code, Code::Unsupported);
}

Result<Tokenizer> read(HfTestFolder& folder, std::uint64_t vocabulary = kTestVocabulary) {
  return read_tokenizer(folder.fs(), folder.path(), Json::object(), vocabulary);
}

TEST(Tokenizer, TakesSpecialTokensFromTheSettings) {
  HfTestFolder folder;
  folder.put("tokenizer.model", test_sentencepiece());
  folder.put("tokenizer_config.json",
             bytes_of(R"({"bos_token":"<s>","pad_token":"a","add_eos_token":false,)"
                      R"("added_tokens_decoder":{"260":{"content":"<|x|>","special":true},)"
                      R"("261":{"content":"\u2581\u2581"}},)"
                      R"("chat_template":[{"name":"tools","template":"t"},)"
                      R"({"name":"default","template":"d"}]})"));
  const Result<Tokenizer> tokenizer = read(folder);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text;
  EXPECT_EQ(tokenizer->bos, 1U);
  EXPECT_EQ(tokenizer->padding, 259U);
  EXPECT_FALSE(tokenizer->eos);
  EXPECT_EQ(tokenizer->add_eos, false);
  EXPECT_EQ(tokenizer->tokens[260], "<|x|>");
  EXPECT_EQ(tokenizer->types[260], 3);
  EXPECT_EQ(tokenizer->tokens[261], "  ");
  EXPECT_EQ(tokenizer->types[261], 4);
  EXPECT_EQ(tokenizer->types[299], 5);
  EXPECT_EQ(tokenizer->chat_template, "d");
  folder.put("chat_template.jinja", bytes_of("file"));
  EXPECT_EQ(read(folder)->chat_template, "file");
}

TEST(Tokenizer, TakesAddedTokens) {
  HfTestFolder folder;
  folder.put("tokenizer.model", test_sentencepiece());
  folder.put("added_tokens.json",
             bytes_of(R"({"<s>":1,"<|end|>":260,"plain":261,"role":262,"one":263})"));
  folder.put("tokenizer_config.json",
             bytes_of(R"({"eos_token":"<|end|>","additional_special_tokens":["role"],)"
                      R"("added_tokens_decoder":{"263":{"content":"one","special":true}}})"));
  const Result<Tokenizer> tokenizer = read(folder);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text;
  EXPECT_EQ(tokenizer->eos, 260U);
  EXPECT_EQ(tokenizer->scores[1], read_sentencepiece(test_sentencepiece())->pieces[1].score);
  EXPECT_THAT(std::span(tokenizer->tokens).subspan(260, 5),
              ElementsAre("<|end|>", "plain", "role", "one", "[PAD264]"));
  EXPECT_THAT(std::span(tokenizer->types).subspan(260, 5), ElementsAre(3, 4, 3, 3, 5));
}

TEST(Tokenizer, RefusesAddedTokensThatContradict) {
  struct Case {
    std::string added, settings, text;
  };
  for (const Case& each : std::vector<Case>{
           {R"({"x":5000000000})", "{}", "the token \"x\" has the id \"5000000000\""},
           {R"({"x":-1})", "{}", "the token \"x\" has the id \"-1\""},
           {R"({"":260})", "{}", "the token \"\" has the id \"260\""},
           {R"({"x":259})", "{}", "the tokens \"a\" and \"x\" have the id 259"},
           {R"({"x":260,"y":260})", "{}", "the tokens \"x\" and \"y\" have the id 260"},
           {R"({"a":260})", "{}", "the token \"a\" has the ids 259 and 260"},
           {"[]", "{}", "\"added_tokens.json\": expected an object"},
           {R"({"x":260})", R"({"added_tokens_decoder":{"260":{"content":"y"}}})",
            "the token 260 is \"y\", in added_tokens.json \"x\""},
           {"{}", R"({"pad_token":"<pad>"})", "pad_token is \"<pad>\", which is not in"}}) {
    HfTestFolder folder;
    folder.put("tokenizer.model", test_sentencepiece());
    folder.put("added_tokens.json", bytes_of(each.added));
    folder.put("tokenizer_config.json", bytes_of(each.settings));
    const Result<Tokenizer> tokenizer = read(folder);
    ASSERT_FALSE(tokenizer) << each.text;
    EXPECT_EQ(tokenizer.error().code, Code::Corrupt) << each.text;
    EXPECT_THAT(tokenizer.error().text, HasSubstr(each.text));
  }
}

TEST(Tokenizer, PassesOverTokensThatTheModelHasNoRowFor) {
  HfTestFolder folder;
  folder.put("tokenizer.model", test_sentencepiece());
  folder.put("added_tokens.json", bytes_of(R"({"<image>":300})"));
  folder.put("tokenizer_config.json",
             bytes_of(R"({"added_tokens_decoder":{"300":{"content":"<image>"}}})"));
  const Result<Tokenizer> tokenizer = read(folder);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text;
  EXPECT_EQ(tokenizer->tokens.size(), kTestVocabulary);
  EXPECT_EQ(tokenizer->tokens.back(), "[PAD299]");
  Json json = bpe();
  json["added_tokens"].push_back({{"id", 5}, {"content", "<image>"}});
  EXPECT_EQ(tokenizer_of_json(json, 5)->tokens.size(), 5U);
  EXPECT_EQ(tokenizer_of_json(json, 6)->tokens[5], "<image>");
}

TEST(Tokenizer, AddsBosWhereTheTemplateDoes) {
  HfTestFolder folder;
  Json json = bpe();
  const auto add_bos = [&]() {
    folder.put("tokenizer.json", bytes_of(json.dump()));
    folder.put("tokenizer_config.json", bytes_of(R"({"bos_token":"<|end|>"})"));
    return read(folder, 5)->add_bos;
  };
  EXPECT_EQ(add_bos(), false);
  json["post_processor"] = Json::parse(
      R"({"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
          "single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},
                    {"Sequence":{"id":"A","type_id":0}}]}]})");
  EXPECT_EQ(add_bos(), true);
}

TEST(Tokenizer, NamesTheFileThatIsBroken) {
  HfTestFolder folder;
  EXPECT_EQ(read(folder).error().code, Code::NotFound);
  folder.put("tokenizer.json", bytes_of("{"));
  EXPECT_THAT(read(folder).error().text, HasSubstr("\"tokenizer.json\": line 1"));
  folder.put("tokenizer.json", bytes_of("{}"));
  folder.put("tokenizer.model", bytes_of("x"));
  EXPECT_THAT(read(folder).error().text, HasSubstr("\"tokenizer.model\": "));
  folder.put("tokenizer.model", test_sentencepiece());
  folder.put("tokenizer_config.json",
             bytes_of(R"({"added_tokens_decoder":{"5000000000":{"content":"x"}}})"));
  EXPECT_THAT(read(folder).error().text, HasSubstr("has the id \"5000000000\""));
}

}  // namespace
}  // namespace tegula::tensor

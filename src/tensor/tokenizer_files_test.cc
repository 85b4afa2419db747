#include "tensor/tokenizer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_tokenizer.h"
#include "tensor/hf_test_model.h"

namespace tegula::tensor {
namespace {

using codec::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Byte-level BPE of "a", "b", "ab", an end, a tool, and an id without a token.
Tokenizer bpe(std::string_view pre = "llama-bpe") {
  Tokenizer out;
  out.model = "gpt2";
  out.pre = pre;
  out.tokens = {"a", "b", "ab", "<|end|>", "<tool>", "[PAD5]"};
  out.types = {1, 1, 1, 3, 4, 5};
  out.merges = {"a b"};
  out.eos = 3;
  out.add_bos = false;
  return out;
}

// Unknown, BOS, one added by tokenizer_config.json, and words.
Tokenizer spm() {
  Tokenizer out;
  out.model = "llama";
  out.pre = "default";
  out.tokens = {"<unk>", "<s>", "</s>", "a", "  ", "<|im_start|>", "[PAD6]"};
  out.types = {2, 3, 3, 1, 4, 3, 5};
  out.scores = {0, 0, 0, -1.5F, -2, -1000, -10000};
  out.bos = 1;
  out.eos = 2;
  out.add_space_prefix = false;
  out.chat_template = "{{ x }}";
  return out;
}

std::string text(const std::vector<TextFile>& files, std::string_view name) {
  for (const TextFile& file : files)
    if (file.name == name) return file.text;
  return "";
}

Tokenizer read_back(const Tokenizer& tokenizer) {
  const Result<std::vector<TextFile>> files = tokenizer_files(tokenizer, {});
  EXPECT_TRUE(files) << files.error().text;
  HfTestFolder folder;
  for (const TextFile& file : *files) folder.put(file.name, bytes_of(file.text));
  const Result<Tokenizer> back =
      read_tokenizer(folder.fs(), folder.path(), Json::object(), tokenizer.tokens.size());
  EXPECT_TRUE(back) << back.error().text;
  return *back;
}

void expect_same(const Tokenizer& is, const Tokenizer& was) {
  EXPECT_EQ(is.model, was.model);
  EXPECT_EQ(is.pre, was.pre);
  EXPECT_EQ(is.tokens, was.tokens);
  EXPECT_EQ(is.types, was.types);
  EXPECT_EQ(is.scores, was.scores);
  EXPECT_EQ(is.merges, was.merges);
  EXPECT_EQ(is.bos, was.bos);
  EXPECT_EQ(is.eos, was.eos);
  EXPECT_EQ(is.padding, was.padding);
  EXPECT_EQ(is.add_bos, was.add_bos);
  EXPECT_EQ(is.add_eos, was.add_eos);
  EXPECT_EQ(is.add_space_prefix, was.add_space_prefix);
  EXPECT_EQ(is.chat_template, was.chat_template);
}

TEST(TokenizerFiles, ReadBackTheSame) {
  for (const std::string_view pre :
       {"gpt-2", "llama-bpe", "smaug-bpe", "qwen2", "qwen35", "tekken"})
    expect_same(read_back(bpe(pre)), bpe(pre));
  Tokenizer framed = bpe();
  framed.bos = 4;
  framed.add_bos = true;
  framed.add_eos = true;
  framed.padding = 3;
  expect_same(read_back(framed), framed);
  expect_same(read_back(spm()), spm());
}

TEST(TokenizerFiles, SayWhatHuggingFacesReaderNeeds) {
  Tokenizer tokenizer = bpe("qwen2");
  tokenizer.bos = 4;
  tokenizer.add_bos = true;
  const Json json = Json::parse(text(tokenizer_files(tokenizer, {}).value(), "tokenizer.json"));
  EXPECT_EQ(json["normalizer"]["type"], "NFC");
  EXPECT_EQ(json["model"]["vocab"].size(), 3U);  // ids after them are given in order
  EXPECT_EQ(json["added_tokens"].size(), 2U);
  EXPECT_EQ(json["added_tokens"][1]["content"], "<tool>");
  EXPECT_EQ(json["added_tokens"][1]["special"], false);
  EXPECT_EQ(
      json["post_processor"]["single"].dump(),
      R"([{"SpecialToken":{"id":"<tool>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}])");
  EXPECT_EQ(json["post_processor"]["special_tokens"]["<tool>"]["ids"][0], 4);
}

// A SentencePiece model does not look for these in a text; tokenizer_config.json says so.
TEST(TokenizerFiles, ListTokensThatWereAdded) {
  Tokenizer tokenizer = spm();
  tokenizer.types[3] = 3;  // not of those with the added score
  const auto files = tokenizer_files(tokenizer, {}).value();
  const Json config = Json::parse(text(files, "tokenizer_config.json"));
  EXPECT_EQ(config["added_tokens_decoder"].size(), 1U);
  EXPECT_EQ(config["added_tokens_decoder"]["5"]["content"], "<|im_start|>");
  EXPECT_THAT(config["additional_special_tokens"], ElementsAre("<s>", "</s>", "a"));
  EXPECT_EQ(config["tokenizer_class"], "LlamaTokenizer");
  const SentencePieceModel model =
      read_sentencepiece(bytes_of(text(files, "tokenizer.model"))).value();
  EXPECT_EQ(model.pieces.size(), 6U);
  EXPECT_EQ(model.pieces[4].text, "\xE2\x96\x81\xE2\x96\x81");
  EXPECT_FALSE(model.add_dummy_prefix);
  EXPECT_FALSE(model.remove_extra_whitespaces);
}

TEST(TokenizerFiles, RefuseWhatTheyCannotSay) {
  struct Case {
    std::string what;
    Tokenizer tokenizer;
    Code code;
    std::string text;
  };
  const auto with = [](Tokenizer tokenizer, auto change) {
    change(tokenizer);
    return tokenizer;
  };
  for (const Case& each : std::vector<Case>{
           {"a text twice", with(bpe(), [](auto& t) { t.tokens[1] = "a"; }), Code::Unsupported,
            "token 1, \"a\": an earlier one has the same text"},
           {"a text twice", with(spm(), [](auto& t) { t.tokens[3] = "<s>"; }), Code::Unsupported,
            "token 3, \"<s>\""},
           {"an empty text", with(bpe(), [](auto& t) { t.tokens[1] = ""; }), Code::Unsupported,
            "token 1, \"\": its text is empty"},
           {"a hole", with(bpe(), [](auto& t) { t.types[1] = 5; }), Code::Unsupported,
            "token 1, \"b\": tokenizer.json has no kind 5"},
           {"a merge of three", with(bpe(), [](auto& t) { t.merges[0] = "a b c"; }), Code::Corrupt,
            "merge 0, \"a b c\""},
           {"a merge into nothing", with(bpe(), [](auto& t) { t.merges[0] = "b a"; }),
            Code::Corrupt, "merge 0, \"b a\""},
           {"a merge of added ones", with(bpe(), [](auto& t) { t.merges[0] = "<tool> a"; }),
            Code::Corrupt, "merge 0"},
           {"no BOS to add", with(bpe(), [](auto& t) { t.add_bos = true; }), Code::Corrupt,
            "there is none"},
           {"added ones alone", with(bpe(), [](auto& t) { t.types = {3, 3, 3, 3, 3, 3}; }),
            Code::Corrupt, "no tokens but added ones"},
           {"an unused EOS", with(bpe(), [](auto& t) { t.eos = 5; }), Code::Unsupported, "token 5"},
           {"two for the unknown", with(spm(), [](auto& t) { t.types[3] = 2; }), Code::Unsupported,
            "token 3, \"a\": a second one"},
           {"none for the unknown", with(spm(), [](auto& t) { t.types[0] = 1; }), Code::Unsupported,
            "no token stands for what is unknown"},
           {"one byte", with(spm(), [](auto& t) { t.types[3] = 6; }), Code::Unsupported,
            "1 tokens stand for bytes"}}) {
    const Result<std::vector<TextFile>> files = tokenizer_files(each.tokenizer, {});
    ASSERT_FALSE(files) << each.what;
    EXPECT_EQ(files.error().code, each.code) << each.what;
    EXPECT_THAT(files.error().text, HasSubstr(each.text)) << each.what;
  }
}

}  // namespace
}  // namespace tegula::tensor

// config.json, tokenizer.json, tokenizer.model and added_tokens.json: what is accepted is
// consistent in itself.
#include "base/check.h"
#include "tensor/hf_config.h"
#include "tensor/tokenizer.h"

using namespace tegula;
using namespace tegula::tensor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of({data, size});
  if (const Result<HfConfig> config = parse_hf_config(text)) {
    CHECK(config->heads % config->kv_heads == 0 && config->layers > 0);
    CHECK(config->sliding.empty() || config->sliding.size() == config->layers);
  }
  const auto check = [](const Result<Tokenizer>& tokenizer) {
    if (!tokenizer) return;
    CHECK(tokenizer->tokens.size() == tokenizer->types.size());
    CHECK(tokenizer->scores.empty() || tokenizer->scores.size() == tokenizer->tokens.size());
    GgufWriter writer;
    write_tokenizer(*tokenizer, writer);
  };
  if (const Result<codec::Json> json = codec::parse_json(text)) {
    check(tokenizer_of_json(*json, 1000));
    Tokenizer small;
    small.model = "llama";
    small.tokens = {"a", "b"};
    small.scores = {0, 0};
    small.types = {1, 5};
    if (add_tokens(small, *json, *json)) check(small);
  }
  if (const Result<SentencePieceModel> model = read_sentencepiece({data, size}))
    check(tokenizer_of_sentencepiece(*model, 1000));
  return 0;
}

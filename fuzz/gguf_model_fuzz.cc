// A GGUF file as a Hugging Face model: what is accepted can be written, and read again as the same
// tokenizer.
#include "base/check.h"
#include "tensor/gguf_model.h"
#include "tensor/gguf_tokenizer.h"
#include "tensor/safetensors_conversion.h"

using namespace tegula;
using namespace tegula::tensor;

namespace {

class NoSink final : public FolderSink {
 public:
  Result<void> begin(std::string_view) override { return {}; }
  Result<void> append(ByteView) override { return {}; }
  Result<void> end() override { return {}; }
};

void check_files(const Tokenizer& tokenizer) {
  const Result<std::vector<TextFile>> files = tokenizer_files(tokenizer, {});
  if (!files) return;
  const TextFile& first = files->front();
  if (first.name == "tokenizer.model") {
    CHECK(read_sentencepiece(bytes_of(first.text))->pieces.size() <= tokenizer.tokens.size());
    return;
  }
  const Result<Tokenizer> back =
      tokenizer_of_json(codec::Json::parse(first.text), tokenizer.tokens.size());
  CHECK(back && back->types.size() == tokenizer.types.size() && back->merges == tokenizer.merges);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemorySource source({data, size});
  const Result<Gguf> gguf = read_gguf(source);
  if (!gguf) return 0;
  if (const Result<Tokenizer> tokenizer = read_gguf_tokenizer(*gguf, source))
    check_files(*tokenizer);
  const Result<GgufModel> model = GgufModel::open(*gguf, source);
  if (!model) return 0;
  SafetensorsOptions options;
  options.threads = 1;
  options.mlx = MlxFormat{.bits = 4, .group = 32};
  NoSink sink;
  NoProgress progress;
  (void)write_safetensors(*model, options, sink, progress, {});
  options.mlx.reset();
  (void)write_safetensors(*model, options, sink, progress, {});
  return 0;
}

#include "tensor/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "tensor/tokenizer_parts.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kPrefix = "tokenizer.ggml.";
constexpr std::uint64_t kNoToken = UINT32_MAX;

// Control tokens that llama.cpp takes for the end of an answer, those of the converted models.
constexpr std::array<std::string_view, 6> kEnds = {
    "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>"};

class Reader {
 public:
  Reader(const Gguf& gguf, const ByteSource& source) : gguf_(gguf), source_(source) {}

  const GgufValue* find(std::string_view key) const {
    return gguf_.find(std::string(kPrefix) + std::string(key));
  }

  Result<const GgufValue*> array(std::string_view key, GgufType item) const {
    const GgufValue* const value = find(key);
    if (value == nullptr)
      return fail(Code::Corrupt, fmt::format("key \"{}{}\" is missing", kPrefix, key));
    if (value->is_array() && value->item_type == item) return value;
    return fail(Code::Corrupt, fmt::format("key \"{}{}\": expected an array of {}", kPrefix, key,
                                           gguf_type_name(item)));
  }

  Result<std::vector<std::string>> texts(std::string_view key) const {
    return read_strings(source_, *TRY(array(key, GgufType::Text)));
  }

  template <class T>
  Result<std::vector<T>> numbers(std::string_view key, GgufType item) const {
    const GgufValue* const value = TRY(array(key, item));
    const Bytes raw = TRY(read_items(source_, *value));
    std::vector<T> out(value->count);
    std::memcpy(out.data(), raw.data(), raw.size());
    return out;
  }

  // Checked by check_model().
  std::optional<std::uint32_t> id(std::string_view key) const {
    const GgufValue* const value = find(key);
    const auto number = value == nullptr ? std::nullopt : value->as_uint();
    if (!number || *number >= kNoToken) return {};
    return static_cast<std::uint32_t>(*number);
  }

  Result<std::optional<bool>> flag(std::string_view key) const {
    const GgufValue* const value = find(key);
    if (value == nullptr) return std::optional<bool>();
    if (const auto flag = value->as_bool()) return flag;
    return fail(Code::Corrupt, fmt::format("key \"{}{}\": expected true or false", kPrefix, key));
  }

  std::string text(std::string_view key) const {
    const GgufValue* const value = find(key);
    return value == nullptr ? std::string() : std::string(value->as_text().value_or(""));
  }

 private:
  const Gguf& gguf_;
  const ByteSource& source_;
};

Result<void> check_kind(const Tokenizer& tokenizer) {
  if (tokenizer.model != "llama" && tokenizer.model != "gpt2") {
    return fail(
        Code::Unsupported,
        fmt::format("a tokenizer \"{}\" is not written as Hugging Face's files", tokenizer.model),
        "those of the kinds \"gpt2\" and \"llama\" are");
  }
  const bool known = tokenizer.model == "gpt2"
                         ? text_cut_of(tokenizer.pre).has_value()
                         : tokenizer.pre.empty() || tokenizer.pre == "default";
  if (known) return {};
  return fail(Code::Unsupported,
              fmt::format("tokenizer.ggml.pre is \"{}\": there is no regular expression known for "
                          "how it cuts text",
                          tokenizer.pre),
              "these are: " + known_pre_tokenizers());
}

Result<void> check_types(const Tokenizer& tokenizer) {
  if (tokenizer.types.size() != tokenizer.tokens.size() ||
      (tokenizer.model == "llama" && tokenizer.scores.size() != tokenizer.tokens.size()))
    return fail(Code::Corrupt, "tokens, their types and their scores are not as many");
  for (std::size_t i = 0; i < tokenizer.types.size(); ++i) {
    if (tokenizer.types[i] >= 1 && tokenizer.types[i] <= 6) continue;
    return fail(Code::Corrupt, fmt::format("token {}: unknown type {}", i, tokenizer.types[i]));
  }
  return {};
}

// What the engine does where the file does not say (llama-vocab.cpp). Hugging Face's readers of
// SentencePiece models do the same with BOS.
void fill_in(Tokenizer& tokenizer) {
  if (tokenizer.model == "gpt2") {
    if (!tokenizer.add_bos)
      tokenizer.add_bos = tokenizer.pre == "llama-bpe" || tokenizer.pre == "tekken";
    return;
  }
  tokenizer.pre = "default";
  if (!tokenizer.bos && tokenizer.tokens.size() > 1) tokenizer.bos = 1;
  if (!tokenizer.eos && tokenizer.tokens.size() > 2) tokenizer.eos = 2;
}

}  // namespace

Result<Tokenizer> read_gguf_tokenizer(const Gguf& gguf, const ByteSource& source) {
  const Reader in(gguf, source);
  Tokenizer out;
  out.model = in.text("model");
  out.pre = in.text("pre");
  TRY(check_kind(out));
  out.tokens = TRY(in.texts("tokens"));
  out.types = TRY(in.numbers<std::int32_t>("token_type", GgufType::I32));
  if (out.model == "llama") {
    out.scores = TRY(in.numbers<float>("scores", GgufType::F32));
  } else {
    out.merges = TRY(in.texts("merges"));
  }
  TRY(check_types(out));
  out.bos = in.id("bos_token_id");
  out.eos = in.id("eos_token_id");
  out.unknown = in.id("unknown_token_id");
  out.padding = in.id("padding_token_id");
  out.add_bos = TRY(in.flag("add_bos_token"));
  out.add_eos = TRY(in.flag("add_eos_token"));
  out.add_space_prefix = TRY(in.flag("add_space_prefix"));
  const GgufValue* const chat = gguf.find("tokenizer.chat_template");
  if (chat != nullptr) out.chat_template = chat->as_text().value_or("");
  fill_in(out);
  return out;
}

std::vector<std::uint32_t> end_tokens(const Gguf& gguf, const Tokenizer& tokenizer) {
  std::set<std::uint32_t> ends;
  const Reader in(gguf, MemorySource({}));
  for (const std::string_view key : {"eot_token_id", "eom_token_id"})
    if (const auto id = in.id(key)) ends.insert(*id);
  for (std::size_t i = 0; i < tokenizer.tokens.size(); ++i) {
    const bool control = tokenizer.types[i] == static_cast<std::int32_t>(PieceType::Control);
    if (control && std::ranges::find(kEnds, tokenizer.tokens[i]) != kEnds.end())
      ends.insert(static_cast<std::uint32_t>(i));
  }
  std::vector<std::uint32_t> out;
  if (tokenizer.eos) out.push_back(*tokenizer.eos);
  for (const std::uint32_t id : ends)
    if (id != tokenizer.eos) out.push_back(id);
  return out;
}

}  // namespace tegula::tensor

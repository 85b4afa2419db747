#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "base/limits.h"
#include "tensor/tokenizer.h"
#include "tensor/tokenizer_parts.h"

namespace tegula::tensor {
namespace {

using codec::Json;

// Texts by id, as added_tokens.json has them.
using Listed = std::map<std::uint64_t, std::string>;

bool is_unused(const Tokenizer& tokenizer, std::uint64_t id) {
  return tokenizer.types[id] == static_cast<std::int32_t>(PieceType::Unused);
}

// As the engine looks for it in a text.
std::string plain(std::string text) {
  replace_all(text, kPieceSpace, " ");
  return text;
}

std::unexpected<Error> bad_id(std::string_view text, std::string_view id,
                              const Tokenizer& tokenizer) {
  return fail(Code::Corrupt, fmt::format("the token \"{}\" has the id \"{}\", the vocabulary {} "
                                         "tokens",
                                         text, id, tokenizer.tokens.size()));
}

void place(Tokenizer& tokenizer, std::uint64_t id, const std::string& text, bool control) {
  tokenizer.tokens[id] = control ? text : plain(text);
  tokenizer.scores[id] = kAddedScore;
  tokenizer.types[id] =
      static_cast<std::int32_t>(control ? PieceType::Control : PieceType::UserDefined);
}

// Texts that tokenizer_config.json gives a role to.
std::set<std::string, std::less<>> special_texts(const Json& settings) {
  std::set<std::string, std::less<>> out;
  if (!settings.is_object()) return out;
  const auto take = [&](const Json& value) {
    if (value.is_string()) out.insert(value.get<std::string>());
    if (value.is_object() && value.contains("content") && value["content"].is_string())
      out.insert(value["content"].get<std::string>());
  };
  for (const auto& [name, value] : settings.items()) {
    if (name.ends_with("_token")) take(value);
    if (name == "additional_special_tokens" && value.is_array())
      for (const Json& each : value) take(each);
  }
  return out;
}

// {"<|im_end|>": 32000}: at an id that nothing has, or what is there already. Tokens without a row
// of the embedding are passed over, as by llama.cpp: Gemma 3 1B lists one for images.
Result<Listed> add_listed(Tokenizer& tokenizer, const Json& added, const Json& settings) {
  Listed listed;
  if (added.is_null()) return listed;
  if (!added.is_object()) return fail(Code::Corrupt, "expected an object of tokens");
  const std::set<std::string, std::less<>> special = special_texts(settings);
  std::unordered_map<std::string, std::uint64_t> ids;
  for (std::uint64_t i = 0; i < tokenizer.tokens.size(); ++i)
    if (!is_unused(tokenizer, i)) ids.emplace(tokenizer.tokens[i], i);
  for (const auto& [text, id] : added.items()) {
    const std::uint64_t at =
        id.is_number_unsigned() ? id.get<std::uint64_t>() : limits::kTokensMax;
    if (text.empty() || at >= limits::kTokensMax) return bad_id(text, id.dump(), tokenizer);
    if (at >= tokenizer.tokens.size()) continue;
    if (!listed.emplace(at, text).second || !is_unused(tokenizer, at)) {
      const std::string& other = tokenizer.tokens[at];
      if (listed[at] == text && (other == text || other == plain(text))) continue;
      return fail(Code::Corrupt,
                  fmt::format("the tokens \"{}\" and \"{}\" have the id {}", other, text, at));
    }
    if (const auto known = ids.find(text); known != ids.end()) {
      return fail(Code::Corrupt,
                  fmt::format("the token \"{}\" has the ids {} and {}", text, known->second, at));
    }
    place(tokenizer, at, text, special.contains(text) || looks_special(text));
  }
  return listed;
}

std::uint64_t number_in(std::string_view id) {
  std::uint64_t at = id.empty() ? limits::kTokensMax : 0;
  for (const char c : id)
    at = c >= '0' && c <= '9' && at < limits::kTokensMax
             ? at * 10 + static_cast<std::uint64_t>(c - '0')
             : limits::kTokensMax;
  return at;
}

// {"32000": {"content": "<|im_end|>", "special": true}}: adds, or gives another text.
Result<void> add_decoder(Tokenizer& tokenizer, const Json& decoder, const Listed& listed) {
  if (!decoder.is_object()) return fail(Code::Corrupt, "expected an object");
  for (const auto& [id, token] : decoder.items()) {
    const std::string text = TRY(codec::string_member(token, "content"));
    const std::uint64_t at = number_in(id);
    if (at >= limits::kTokensMax) return bad_id(text, id, tokenizer);
    if (at >= tokenizer.tokens.size()) continue;
    if (const auto other = listed.find(at); other != listed.end() && other->second != text) {
      return fail(Code::Corrupt, fmt::format("the token {} is \"{}\", in added_tokens.json \"{}\"",
                                             at, text, other->second));
    }
    const bool special =
        token.contains("special") && token["special"].is_boolean() && token["special"].get<bool>();
    place(tokenizer, at, text, special || looks_special(text));
  }
  return {};
}

}  // namespace

Result<void> add_tokens(Tokenizer& tokenizer, const Json& added, const Json& settings) {
  const Listed listed = TRY(add_listed(tokenizer, added, settings), "\"added_tokens.json\"");
  if (!settings.is_object() || !settings.contains("added_tokens_decoder")) return {};
  TRY(add_decoder(tokenizer, settings["added_tokens_decoder"], listed),
      "\"tokenizer_config.json\": added_tokens_decoder");
  return {};
}

}  // namespace tegula::tensor

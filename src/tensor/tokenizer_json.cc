#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "base/limits.h"
#include "tensor/tokenizer.h"
#include "tensor/tokenizer_parts.h"

namespace tegula::tensor {
namespace {

using codec::Json;

// How tokenizer.json cuts text, and what llama.cpp calls that (its llama-vocab.cpp).
struct Split {
  std::string_view regex;
  std::string_view name;
  std::string_view name_without_ignoring_merges;  // else `name` ignores them; empty: not known
  bool composed;  // the tokenizers that it was made for bring text into NFC first
};

constexpr std::string_view kGpt2 = "gpt-2";  // the cut of ByteLevel itself

constexpr std::array kSplits = {
    Split{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
          R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          "llama-bpe", "smaug-bpe", false},
    Split{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
          R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          "", "qwen2", true},
    Split{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
          R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          "", "qwen35", true},
    Split{R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
          R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
          R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          "tekken", "", false},
};

std::string text_in(const Json& object, std::string_view name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

bool flag_in(const Json& object, std::string_view name, bool otherwise) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && at->is_boolean() ? at->get<bool>() : otherwise;
}

const Json& member(const Json& object, std::string_view name) {
  static const Json kNone;
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() ? *at : kNone;
}

// Vocabulary, added tokens and merges of a BPE model.
struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<PieceType> types;
  std::vector<std::pair<std::string, std::string>> merges;
};

Result<void> place(Vocabulary& out, std::string_view text, const Json& id, PieceType type) {
  const std::int64_t number = id.is_number_integer() ? id.get<std::int64_t>() : -1;
  if (number < 0 || number >= static_cast<std::int64_t>(limits::kTokensMax))
    return fail(Code::Corrupt, fmt::format("token \"{}\": its id is no small number", text));
  const auto at = id.get<std::size_t>();
  if (at >= out.tokens.size()) {
    out.tokens.resize(at + 1);
    out.types.resize(at + 1, PieceType::Unused);
  }
  const bool again = out.tokens[at] == text && type != PieceType::Normal;
  if (out.types[at] != PieceType::Unused && !again) {
    return fail(Code::Corrupt,
                fmt::format("tokens \"{}\" and \"{}\" have the id {}", out.tokens[at], text, at));
  }
  out.tokens[at] = text;
  out.types[at] = type;
  return {};
}

// Added tokens past the embedding's `rows` are passed over: the model can't be given them.
Result<void> read_vocabulary(const Json& json, std::uint64_t rows, Vocabulary& out) {
  const Json& vocabulary = member(member(json, "model"), "vocab");
  if (!vocabulary.is_object() || vocabulary.empty())
    return fail(Code::Corrupt, "model.vocab: expected an object of tokens");
  const bool fallback = flag_in(member(json, "model"), "byte_fallback", false);
  for (const auto& [text, id] : vocabulary.items()) {
    const bool byte = fallback && is_byte_token(text);
    TRY(place(out, text, id, byte ? PieceType::Byte : PieceType::Normal));
  }
  const Json& added = member(json, "added_tokens");
  if (!added.is_array() && !added.is_null())
    return fail(Code::Corrupt, "added_tokens: expected an array");
  for (const Json& token : added) {
    const std::string text = TRY(codec::string_member(token, "content"), "added_tokens");
    const bool control = flag_in(token, "special", false) || looks_special(text);
    const Json& id = member(token, "id");
    if (id.is_number_integer() && id >= rows && id < limits::kTokensMax) continue;
    TRY(place(out, text, id,
              control ? PieceType::Control : PieceType::UserDefined));
  }
  return {};
}

Result<void> read_merges(const Json& json, Vocabulary& out) {
  const Json& merges = member(member(json, "model"), "merges");
  if (!merges.is_array()) return fail(Code::Corrupt, "model.merges: expected an array");
  for (const Json& merge : merges) {
    const std::string where = fmt::format("merge {}", out.merges.size());
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      out.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
      continue;
    }
    const std::string text = merge.is_string() ? merge.get<std::string>() : "";
    const std::size_t space = text.find(' ');
    if (space == text.npos || text.find(' ', space + 1) != text.npos)
      return fail(Code::Corrupt, where + ": expected two tokens");
    out.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return {};
}

// Every merge must make a token that is there: else texts would be cut in another way here.
Result<void> check_merges(const Vocabulary& v) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < v.tokens.size(); ++i) ids.emplace(v.tokens[i], i);
  for (std::size_t i = 0; i < v.merges.size(); ++i) {
    const auto& [left, right] = v.merges[i];
    for (const std::string& token : {left, right, left + right}) {
      if (ids.contains(token)) continue;
      return fail(Code::Corrupt,
                  fmt::format("merge {}: the token \"{}\" is not in the vocabulary", i, token));
    }
  }
  return {};
}

// Ids without a token, below the last one that has one.
Result<void> check_holes(const Vocabulary& v) {
  for (std::size_t i = 0; i < v.tokens.size(); ++i) {
    if (v.types[i] == PieceType::Unused)
      return fail(Code::Corrupt,
                  fmt::format("the vocabulary has a hole: no token has the id {}", i));
  }
  return {};
}

// A token's score is the rank of the first merge that makes it, so that the engine, which merges by
// score, merges in the order of this file.
std::vector<float> scores_of(const Vocabulary& v) {
  std::unordered_map<std::string, std::size_t> rank;
  for (std::size_t i = 0; i < v.merges.size(); ++i)
    rank.emplace(v.merges[i].first + v.merges[i].second, i);
  std::vector<float> scores;
  for (std::size_t i = 0; i < v.tokens.size(); ++i) {
    const auto made = rank.find(v.tokens[i]);
    const std::size_t at = made == rank.end() ? v.merges.size() : made->second;
    scores.push_back(v.types[i] == PieceType::Normal ? -static_cast<float>(at) : 0.0F);
  }
  return scores;
}

Result<void> check_normalizer(const Json& normalizer) {
  const std::string type = text_in(normalizer, "type");
  if (normalizer.is_null() || type == "NFC") return {};
  if (type == "Sequence" && member(normalizer, "normalizers").empty()) return {};
  return fail(Code::Unsupported,
              fmt::format("llama.cpp has no counterpart of the normalizer \"{}\"", type),
              "byte-level BPE without one or with NFC is converted");
}

Result<std::vector<std::string>> joined(
    const std::vector<std::pair<std::string, std::string>>& merges) {
  std::vector<std::string> out;
  for (const auto& [left, right] : merges) {
    if (left.find(' ') != left.npos || right.find(' ') != right.npos)
      return fail(Code::Unsupported, "merges of tokens with spaces are not converted");
    out.push_back(left + " " + right);
  }
  return out;
}

Result<Tokenizer> byte_level(const Json& json, Vocabulary v) {
  TRY(check_normalizer(member(json, "normalizer")));
  Tokenizer out;
  out.model = "gpt2";
  out.pre = pre_tokenizer_name(json);
  if (out.pre.empty()) {
    return fail(Code::Unsupported, "llama.cpp has no counterpart of this pre_tokenizer",
                "those of GPT-2, Llama 3, Qwen 2 to 3.5 and Mistral's Tekken are known");
  }
  out.merges = TRY(joined(v.merges));
  out.tokens = std::move(v.tokens);
  for (const PieceType type : v.types) out.types.push_back(static_cast<std::int32_t>(type));
  return out;
}

Result<Tokenizer> byte_fallback(const Json& json, Vocabulary v) {
  Tokenizer out;
  out.model = "llama";
  out.pre = "default";
  out.scores = scores_of(v);
  out.merges = TRY(joined(v.merges));
  const std::string unknown = text_in(member(json, "model"), "unk_token");
  for (std::size_t i = 0; i < v.tokens.size(); ++i) {
    if (!unknown.empty() && v.tokens[i] == unknown) v.types[i] = PieceType::Unknown;
    out.types.push_back(static_cast<std::int32_t>(v.types[i]));
  }
  out.tokens = std::move(v.tokens);
  const std::string text = json.contains("normalizer") ? json["normalizer"].dump() : "";
  out.add_space_prefix = text.find("\"Prepend\"") != text.npos;
  return out;
}

}  // namespace

std::string_view pre_tokenizer_name(const Json& json) {
  const Json& pre = member(json, "pre_tokenizer");
  if (text_in(pre, "type") == "ByteLevel")
    return flag_in(pre, "use_regex", true) && !flag_in(pre, "add_prefix_space", false) ? kGpt2 : "";
  const Json& steps = member(pre, "pretokenizers");
  if (text_in(pre, "type") != "Sequence" || !steps.is_array() || steps.size() != 2) return "";
  if (text_in(steps[0], "type") != "Split" || text_in(steps[0], "behavior") != "Isolated")
    return "";
  if (flag_in(steps[0], "invert", false) || text_in(steps[1], "type") != "ByteLevel") return "";
  if (flag_in(steps[1], "use_regex", true) || flag_in(steps[1], "add_prefix_space", false))
    return "";
  const std::string regex = text_in(member(steps[0], "pattern"), "Regex");
  const bool ignores = flag_in(member(json, "model"), "ignore_merges", false);
  for (const Split& split : kSplits)
    if (split.regex == regex) return ignores ? split.name : split.name_without_ignoring_merges;
  return "";
}

std::optional<TextCut> text_cut_of(std::string_view pre) {
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", pre == kGpt2}};
  TextCut cut;
  cut.pre_tokenizer = byte_level;
  if (pre == kGpt2) return cut;
  for (const Split& each : kSplits) {
    const bool ignores = each.name == pre;
    if (pre.empty() || (!ignores && each.name_without_ignoring_merges != pre)) continue;
    const Json split = {{"type", "Split"},
                        {"pattern", {{"Regex", each.regex}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    cut.pre_tokenizer = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byte_level})}};
    if (each.composed) cut.normalizer = {{"type", "NFC"}};
    cut.ignores_merges = ignores;
    return cut;
  }
  return {};
}

std::string known_pre_tokenizers() {
  std::string list(kGpt2);
  for (const Split& each : kSplits) {
    for (const std::string_view name : {each.name, each.name_without_ignoring_merges})
      if (!name.empty()) list += fmt::format(", {}", name);
  }
  return list;
}

Result<Tokenizer> tokenizer_of_json(const Json& json, std::uint64_t vocabulary) {
  const Json& model = member(json, "model");
  if (text_in(model, "type") != "BPE") {
    return fail(
        Code::Unsupported,
        fmt::format("tokenizers of the type \"{}\" are not converted", text_in(model, "type")),
        "byte-level BPE and BPE with byte fallback are");
  }
  Vocabulary v;
  TRY(read_vocabulary(json, vocabulary, v));
  TRY(read_merges(json, v));
  TRY(check_holes(v));
  TRY(check_merges(v));
  const bool fallback = flag_in(model, "byte_fallback", false);
  Tokenizer out =
      fallback ? TRY(byte_fallback(json, std::move(v))) : TRY(byte_level(json, std::move(v)));
  TRY(fit_vocabulary(out, vocabulary));
  return out;
}

}  // namespace tegula::tensor

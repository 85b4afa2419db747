#include "tensor/tokenizer_files.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "tensor/tokenizer_parts.h"

namespace tegula::tensor {
namespace {

using codec::Json;

PieceType type_of(const Tokenizer& tokenizer, std::size_t id) {
  return static_cast<PieceType>(tokenizer.types[id]);
}

bool is_added(const Tokenizer& tokenizer, std::size_t id) {
  const PieceType type = type_of(tokenizer, id);
  return type == PieceType::Control || type == PieceType::UserDefined;
}

// Without the ids at the end that only the embedding has.
std::size_t used_tokens(const Tokenizer& tokenizer) {
  std::size_t count = tokenizer.tokens.size();
  while (count > 0 && type_of(tokenizer, count - 1) == PieceType::Unused &&
         tokenizer.tokens[count - 1] == unused_token(count - 1))
    --count;
  return count;
}

std::unexpected<Error> bad_token(std::size_t id, std::string_view text, std::string_view what) {
  return fail(Code::Unsupported, fmt::format("token {}, \"{}\": {}", id, text, what));
}

// Both files name tokens by their text alone.
Result<void> check_texts(std::span<const std::string> tokens) {
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].empty()) return bad_token(i, tokens[i], "its text is empty");
    if (!seen.insert(tokens[i]).second)
      return bad_token(i, tokens[i], "an earlier one has the same text");
  }
  return {};
}

// As they are in both files: with roles that exist.
Result<void> check_roles(const Tokenizer& tokenizer, std::size_t count) {
  for (const auto& id : {tokenizer.bos, tokenizer.eos, tokenizer.unknown, tokenizer.padding})
    if (id && *id >= count) return bad_token(*id, "", "it has a role and is unused");
  if ((tokenizer.add_bos.value_or(false) && !tokenizer.bos) ||
      (tokenizer.add_eos.value_or(false) && !tokenizer.eos))
    return fail(Code::Corrupt, "a token is added to every text, and there is none");
  return {};
}

Json added_token(const std::string& text, bool special) {
  return {{"content", text}, {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false},  {"special", special}};
}

// --- tokenizer.json ---

std::string quoted(const std::string& text) { return Json(text).dump(); }

class JsonFile {
 public:
  JsonFile(const Tokenizer& tokenizer, std::size_t count)
      : tokenizer_(tokenizer), count_(count), listed_(count) {
    while (listed_ > 0 && is_added(tokenizer, listed_ - 1)) --listed_;
  }

  Result<std::string> text() const {
    if (listed_ == 0) return fail(Code::Corrupt, "the vocabulary has no tokens but added ones");
    TRY(check_types());
    TRY(check_merges());
    const TextCut cut = *text_cut_of(tokenizer_.pre);
    return fmt::format(
        "{{\n\"version\": \"1.0\",\n\"truncation\": null,\n\"padding\": null,\n"
        "\"added_tokens\": [{}],\n\"normalizer\": {},\n\"pre_tokenizer\": {},\n"
        "\"post_processor\": {},\n\"decoder\": {},\n\"model\": {{\"type\": \"BPE\", \"dropout\": "
        "null, \"unk_token\": null, \"continuing_subword_prefix\": null, \"end_of_word_suffix\": "
        "null, \"fuse_unk\": false, \"byte_fallback\": false, \"ignore_merges\": {},\n"
        "\"vocab\": {{{}}},\n\"merges\": [{}]}}\n}}\n",
        added(), cut.normalizer.dump(), cut.pre_tokenizer.dump(), post_processor().dump(),
        decoder().dump(), cut.ignores_merges, vocabulary(), merges());
  }

 private:
  Result<void> check_types() const {
    for (std::size_t i = 0; i < count_; ++i) {
      const PieceType type = type_of(tokenizer_, i);
      if (type == PieceType::Normal || is_added(tokenizer_, i)) continue;
      return bad_token(i, tokenizer_.tokens[i],
                       fmt::format("tokenizer.json has no kind {}", tokenizer_.types[i]));
    }
    return {};
  }

  // Readers refuse a merge of or into a token that is not there.
  Result<void> check_merges() const {
    std::unordered_set<std::string_view> known;
    for (std::size_t i = 0; i < listed_; ++i) known.insert(tokenizer_.tokens[i]);
    for (std::size_t i = 0; i < tokenizer_.merges.size(); ++i) {
      const std::string_view merge = tokenizer_.merges[i];
      const std::size_t space = merge.find(' ');
      const bool two = space != merge.npos && merge.find(' ', space + 1) == merge.npos;
      const std::string_view left = merge.substr(0, space);
      const std::string_view right = two ? merge.substr(space + 1) : "";
      const std::string both = std::string(left) + std::string(right);
      if (two && known.contains(left) && known.contains(right) && known.contains(both)) continue;
      return fail(Code::Corrupt,
                  fmt::format("merge {}, \"{}\": not two tokens that make a third", i, merge));
    }
    return {};
  }

  // The tokens up to the last one that merging can give; what is added after them gets the ids that
  // follow.
  std::string vocabulary() const {
    std::string out;
    for (std::size_t i = 0; i < listed_; ++i)
      out += fmt::format("{}\n{}: {}", i == 0 ? "" : ",", quoted(tokenizer_.tokens[i]), i);
    return out;
  }

  std::string merges() const {
    std::string out;
    for (std::size_t i = 0; i < tokenizer_.merges.size(); ++i)
      out += fmt::format("{}\n{}", i == 0 ? "" : ",", quoted(tokenizer_.merges[i]));
    return out;
  }

  std::string added() const {
    std::string out;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!is_added(tokenizer_, i)) continue;
      Json token = added_token(tokenizer_.tokens[i], type_of(tokenizer_, i) == PieceType::Control);
      token["id"] = i;
      out += fmt::format("{}\n{}", out.empty() ? "" : ",", token.dump());
    }
    return out;
  }

  static Json decoder() {
    return {{"type", "ByteLevel"},
            {"add_prefix_space", false},
            {"trim_offsets", true},
            {"use_regex", false}};
  }

  Json special(std::uint32_t id, int type) const {
    return {{"SpecialToken", {{"id", tokenizer_.tokens[id]}, {"type_id", type}}}};
  }

  // One text, or two, with what is added to each.
  Json framed(std::initializer_list<std::string_view> texts) const {
    Json out = Json::array();
    int type = 0;
    for (const std::string_view text : texts) {
      if (tokenizer_.add_bos.value_or(false)) out.push_back(special(*tokenizer_.bos, type));
      out.push_back({{"Sequence", {{"id", text}, {"type_id", type}}}});
      if (tokenizer_.add_eos.value_or(false)) out.push_back(special(*tokenizer_.eos, type));
      ++type;
    }
    return out;
  }

  Json post_processor() const {
    const bool bos = tokenizer_.add_bos.value_or(false);
    const bool eos = tokenizer_.add_eos.value_or(false);
    if (!bos && !eos) return {};
    Json tokens = Json::object();
    const auto add = [&](std::uint32_t id) {
      const std::string& text = tokenizer_.tokens[id];
      tokens[text] = {{"id", text}, {"ids", {id}}, {"tokens", {text}}};
    };
    if (bos) add(*tokenizer_.bos);
    if (eos) add(*tokenizer_.eos);
    return {{"type", "TemplateProcessing"},
            {"single", framed({"A"})},
            {"pair", framed({"A", "B"})},
            {"special_tokens", std::move(tokens)}};
  }

  const Tokenizer& tokenizer_;
  const std::size_t count_;
  std::size_t listed_;
};

// --- tokenizer.model ---

// The one token that stands for what no other does.
Result<std::uint32_t> unknown_of(const Tokenizer& tokenizer, std::size_t count) {
  std::optional<std::uint32_t> found = tokenizer.unknown;
  for (std::size_t i = 0; i < count; ++i) {
    if (type_of(tokenizer, i) != PieceType::Unknown) continue;
    if (found && *found != i)
      return bad_token(i, tokenizer.tokens[i], "a second one for what is unknown");
    found = static_cast<std::uint32_t>(i);
  }
  if (!found && count > 0 && type_of(tokenizer, 0) == PieceType::Control) found = 0;
  const bool usable = found && (type_of(tokenizer, *found) == PieceType::Unknown ||
                                type_of(tokenizer, *found) == PieceType::Control);
  if (usable) return *found;
  return fail(Code::Unsupported, "no token stands for what is unknown",
              "a SentencePiece model has one");
}

Result<void> check_bytes(const SentencePieceModel& model) {
  const auto bytes = std::ranges::count(model.pieces, PieceType::Byte, &Piece::type);
  if (bytes == 0 || bytes == 256) return {};
  return fail(Code::Unsupported, fmt::format("{} tokens stand for bytes, not all 256", bytes));
}

Result<std::string> model_file(const Tokenizer& tokenizer, std::size_t count) {
  const std::uint32_t unknown = TRY(unknown_of(tokenizer, count));
  SentencePieceModel model;
  model.is_bpe = true;
  model.add_dummy_prefix = tokenizer.add_space_prefix.value_or(true);
  model.remove_extra_whitespaces = false;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    Piece piece{tokenizer.tokens[i], tokenizer.scores[i], type_of(tokenizer, i)};
    if (piece.type == PieceType::UserDefined) replace_all(piece.text, " ", kPieceSpace);
    if (i == unknown) piece.type = PieceType::Unknown;
    texts.push_back(piece.text);
    model.pieces.push_back(std::move(piece));
  }
  TRY(check_texts(texts));
  TRY(check_bytes(model));
  return write_sentencepiece(model, {.unknown = unknown,
                                     .bos = tokenizer.bos,
                                     .eos = tokenizer.eos,
                                     .padding = tokenizer.padding});
}

// What tokenizer_config.json adds to a SentencePiece model, which does not look for such tokens in
// a text itself. Those with another score than it gives were in the model already.
void list_added(const Tokenizer& tokenizer, std::size_t count, Json& config) {
  Json added = Json::object();
  Json others = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_added(tokenizer, i)) continue;
    const bool control = type_of(tokenizer, i) == PieceType::Control;
    std::string text = tokenizer.tokens[i];
    if (!control) replace_all(text, " ", kPieceSpace);
    if (tokenizer.scores[i] == kAddedScore) {
      added[std::to_string(i)] = added_token(text, control);
    } else if (control) {
      others.push_back(text);
    }
  }
  config["added_tokens_decoder"] = std::move(added);
  config["additional_special_tokens"] = std::move(others);
}

// --- tokenizer_config.json ---

Json settings_of(const Tokenizer& tokenizer, std::size_t count, const HfConfig& config) {
  Json out;
  const auto token = [&](std::string_view name, std::optional<std::uint32_t> id) {
    out[std::string(name)] = id ? Json(tokenizer.tokens[*id]) : Json();
  };
  token("bos_token", tokenizer.bos);
  token("eos_token", tokenizer.eos);
  token("unk_token", tokenizer.unknown);
  token("pad_token", tokenizer.padding);
  const auto flag = [&](std::string_view name, std::optional<bool> value) {
    if (value) out[std::string(name)] = *value;
  };
  flag("add_bos_token", tokenizer.add_bos);
  flag("add_eos_token", tokenizer.add_eos);
  out["clean_up_tokenization_spaces"] = false;
  out["model_max_length"] = config.context;
  out["tokenizer_class"] = "PreTrainedTokenizerFast";
  if (tokenizer.model != "llama") return out;
  flag("add_prefix_space", tokenizer.add_space_prefix);
  out["legacy"] = false;
  out["tokenizer_class"] = config.family == HfFamily::Gemma3 ? "GemmaTokenizer" : "LlamaTokenizer";
  list_added(tokenizer, count, out);
  return out;
}

}  // namespace

Result<std::vector<TextFile>> tokenizer_files(const Tokenizer& tokenizer, const HfConfig& config) {
  const std::size_t count = used_tokens(tokenizer);
  TRY(check_roles(tokenizer, count));
  std::vector<TextFile> out;
  if (tokenizer.model == "llama") {
    std::string bytes = TRY(model_file(tokenizer, count));
    out.push_back({"tokenizer.model", std::move(bytes)});
  } else {
    TRY(check_texts(std::span(tokenizer.tokens).first(count)));
    std::string text = TRY(JsonFile(tokenizer, count).text());
    out.push_back({"tokenizer.json", std::move(text)});
  }
  out.push_back({"tokenizer_config.json", settings_of(tokenizer, count, config).dump(2) + "\n"});
  if (!tokenizer.chat_template.empty())
    out.push_back({"chat_template.jinja", tokenizer.chat_template});
  return out;
}

}  // namespace tegula::tensor

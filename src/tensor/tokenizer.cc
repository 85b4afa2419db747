#include "tensor/tokenizer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "tensor/file_json.h"
#include "tensor/tokenizer_parts.h"

namespace tegula::tensor {
namespace {

using codec::Json;

// A JSON file of the folder; null if it is not there.
Result<Json> read_json(const os::FileSystem& fs, const os::Path& folder, std::string_view name) {
  if (!TRY(os::exists(fs, folder / name))) return Json();
  const std::string text = TRY(os::read_file(fs, folder / name, limits::kTokenizerBytesMax));
  codec::JsonLimits limits;
  limits.bytes_max = limits::kTokenizerBytesMax;
  return TRY(parse_file_json(text, limits), fmt::format("\"{}\"", name));
}

std::optional<std::uint32_t> id_of(const Tokenizer& tokenizer, std::string_view text) {
  const auto at = std::ranges::find(tokenizer.tokens, text);
  if (at == tokenizer.tokens.end()) return {};
  return static_cast<std::uint32_t>(at - tokenizer.tokens.begin());
}

// "bos_token" of tokenizer_config.json is text, or an object with it.
std::string token_text(const Json& config, std::string_view name) {
  if (!config.is_object() || !config.contains(name)) return "";
  const Json& value = config[name];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string())
    return value["content"].get<std::string>();
  return "";
}

struct Special {
  std::string_view name;
  std::optional<std::uint32_t> Tokenizer::* id;
};

constexpr std::array kSpecials = {
    Special{"bos", &Tokenizer::bos},
    Special{"eos", &Tokenizer::eos},
    Special{"unk", &Tokenizer::unknown},
    Special{"pad", &Tokenizer::padding},
};

// From the tokenizer's settings, or else from the model's.
Result<void> set_specials(Tokenizer& tokenizer, const Json& settings, const Json& config) {
  for (const Special& special : kSpecials) {
    const std::string text = token_text(settings, fmt::format("{}_token", special.name));
    std::optional<std::uint32_t> id;
    if (!text.empty()) id = id_of(tokenizer, text);
    if (!text.empty() && !id) {
      return fail(Code::Corrupt,
                  fmt::format("\"tokenizer_config.json\": {}_token is \"{}\", which is not in the "
                              "vocabulary",
                              special.name, text),
                  "the file with the added tokens is missing, such as added_tokens.json");
    }
    const std::string key = fmt::format("{}_token_id", special.name);
    if (!id && config.is_object() && config.contains(key) && config[key].is_number_unsigned()) {
      const auto number = config[key].get<std::uint64_t>();
      if (number < tokenizer.tokens.size()) id = static_cast<std::uint32_t>(number);
    }
    if (id) tokenizer.*special.id = id;
  }
  return {};
}

std::optional<bool> setting(const Json& settings, std::string_view name) {
  if (!settings.is_object() || !settings.contains(name) || !settings[name].is_boolean()) return {};
  return settings[name].get<bool>();
}

// The token that a TemplateProcessing puts at one end of a single text.
std::string template_token(const Json& processor, bool first) {
  if (!processor.is_object()) return "";
  if (processor.contains("processors") && processor["processors"].is_array()) {
    for (const Json& each : processor["processors"])
      if (std::string found = template_token(each, first); !found.empty()) return found;
  }
  if (!processor.contains("single") || !processor["single"].is_array()) return "";
  const Json& single = processor["single"];
  if (single.size() < 2) return "";
  const Json& end = first ? single.front() : single.back();
  if (!end.is_object() || !end.contains("SpecialToken")) return "";
  return end["SpecialToken"].is_object() ? end["SpecialToken"].value("id", "") : "";
}

void set_additions(Tokenizer& tokenizer, const Json& json, const Json& settings) {
  const Json& processor =
      json.is_object() && json.contains("post_processor") ? json["post_processor"] : Json();
  const auto is = [&](std::optional<std::uint32_t> id, bool first) {
    return id && id_of(tokenizer, template_token(processor, first)) == id;
  };
  // llama.cpp adds BOS to some tokenizers unless told: so it is always told.
  if (tokenizer.model == "gpt2" || !template_token(processor, true).empty())
    tokenizer.add_bos = is(tokenizer.bos, true);
  if (!template_token(processor, false).empty()) tokenizer.add_eos = is(tokenizer.eos, false);
  if (const auto add = setting(settings, "add_bos_token")) tokenizer.add_bos = add;
  if (const auto add = setting(settings, "add_eos_token")) tokenizer.add_eos = add;
  if (const auto add = setting(settings, "add_prefix_space"); add && tokenizer.model == "llama")
    tokenizer.add_space_prefix = add;
}

// The text of "chat_template", or the one of its list that is named "default".
std::string template_of(const Json& settings) {
  if (!settings.is_object() || !settings.contains("chat_template")) return "";
  const Json& value = settings["chat_template"];
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return "";
  for (const Json& each : value)
    if (token_text(each, "name") == "default") return token_text(each, "template");
  return "";
}

Result<std::string> read_template(const os::FileSystem& fs, const os::Path& folder,
                                  const Json& settings) {
  std::string text;
  if (TRY(os::exists(fs, folder / "chat_template.jinja"))) {
    text = TRY(os::read_file(fs, folder / "chat_template.jinja", limits::kChatTemplateBytesMax));
  } else {
    text = template_of(TRY(read_json(fs, folder, "chat_template.json")));
    if (text.empty()) text = template_of(settings);
  }
  if (text.size() > limits::kChatTemplateBytesMax || text.find('\0') != text.npos) {
    return fail(Code::Unsupported,
                fmt::format("the chat template is longer than {} bytes, or holds "
                            "a zero byte",
                            limits::kChatTemplateBytesMax));
  }
  return text;
}

Result<Tokenizer> read_model(const os::FileSystem& fs, const os::Path& folder, const Json& json,
                             const Json& settings, std::uint64_t vocabulary) {
  if (TRY(os::exists(fs, folder / "tokenizer.model"))) {
    const std::string bytes =
        TRY(os::read_file(fs, folder / "tokenizer.model", limits::kTokenizerBytesMax));
    const SentencePieceModel model =
        TRY(read_sentencepiece(bytes_of(bytes)), "\"tokenizer.model\"");
    Tokenizer out = TRY(tokenizer_of_sentencepiece(model, vocabulary), "\"tokenizer.model\"");
    TRY(add_tokens(out, TRY(read_json(fs, folder, "added_tokens.json")), settings));
    return out;
  }
  if (json.is_null()) {
    return fail(Code::NotFound, "the folder has no tokenizer",
                "tokenizer.json or tokenizer.model belongs beside the safetensors files");
  }
  return TRY(tokenizer_of_json(json, vocabulary), "\"tokenizer.json\"");
}

}  // namespace

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

std::string unused_token(std::uint64_t id) { return fmt::format("[PAD{}]", id); }

bool is_byte_token(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return text.size() == 6 && text.starts_with("<0x") && text[5] == '>' && hex(text[3]) &&
         hex(text[4]);
}

bool looks_special(std::string_view text) {
  if (text == "<pad>" || text == "<mask>" || text == "<2mass>" || text == "[@BOS@]") return true;
  const auto within = [&](std::string_view begin, std::string_view end) {
    return text.size() >= begin.size() + end.size() && text.starts_with(begin) &&
           text.ends_with(end);
  };
  return within("<|", "|>") || within("<\xEF\xBD\x9C", "\xEF\xBD\x9C>") || within("<unused", ">");
}

Result<void> fit_vocabulary(Tokenizer& tokenizer, std::uint64_t vocabulary) {
  const std::uint64_t count = tokenizer.tokens.size();
  if (count > vocabulary) {
    return fail(Code::Corrupt, fmt::format("the vocabulary has {} tokens, the model {} of them",
                                           count, vocabulary));
  }
  for (std::size_t i = 0; i < count; ++i)
    if (tokenizer.types[i] == static_cast<std::int32_t>(PieceType::UserDefined))
      replace_all(tokenizer.tokens[i], kPieceSpace, " ");
  for (std::uint64_t i = count; i < vocabulary; ++i) {
    tokenizer.tokens.push_back(unused_token(i));
    tokenizer.types.push_back(static_cast<std::int32_t>(PieceType::Unused));
    if (tokenizer.model == "llama") tokenizer.scores.push_back(kUnusedScore);
  }
  return {};
}

Result<Tokenizer> tokenizer_of_sentencepiece(const SentencePieceModel& model,
                                             std::uint64_t vocabulary) {
  if (!model.is_bpe) {
    return fail(Code::Unsupported, "SentencePiece models of the kind unigram are not converted",
                "those of the kind BPE are");
  }
  Tokenizer out;
  out.model = "llama";
  out.pre = "default";
  for (const Piece& piece : model.pieces) {
    out.tokens.push_back(piece.text);
    out.scores.push_back(piece.score);
    out.types.push_back(static_cast<std::int32_t>(piece.type));
  }
  if (!model.add_dummy_prefix) out.add_space_prefix = false;
  TRY(fit_vocabulary(out, vocabulary));
  return out;
}

Result<void> make_gemma4(Tokenizer& tokenizer) {
  if (tokenizer.model != "llama" || tokenizer.merges.empty()) {
    return fail(Code::Unsupported, "a Gemma 4 has a tokenizer.json of BPE with byte fallback",
                "one with tokenizer.model alone is not converted");
  }
  tokenizer.model = "gemma4";
  tokenizer.pre.clear();
  tokenizer.add_space_prefix = false;
  tokenizer.add_bos = true;
  // What a chat's reader must see, though the model was told that it is special.
  constexpr std::array<std::string_view, 7> kShown = {
      "<|channel>",       "<channel|>",       "<|tool_call>", "<tool_call|>",
      "<|tool_response>", "<tool_response|>", "<|\"|>"};
  for (std::size_t i = 0; i < tokenizer.tokens.size(); ++i) {
    if (std::ranges::find(kShown, tokenizer.tokens[i]) != kShown.end())
      tokenizer.types[i] = static_cast<std::int32_t>(PieceType::UserDefined);
  }
  return {};
}

Result<Tokenizer> read_tokenizer(const os::FileSystem& fs, const os::Path& folder,
                                 const Json& config, std::uint64_t vocabulary) {
  if (vocabulary == 0 || vocabulary > limits::kTokensMax) {
    return fail(Code::Unsupported, fmt::format("a vocabulary of {} tokens; 1 to {} are converted",
                                               vocabulary, limits::kTokensMax));
  }
  const Json settings = TRY(read_json(fs, folder, "tokenizer_config.json"));
  const Json json = TRY(read_json(fs, folder, "tokenizer.json"));
  Tokenizer out = TRY(read_model(fs, folder, json, settings, vocabulary));
  TRY(set_specials(out, settings, config));
  set_additions(out, json, settings);
  out.chat_template = TRY(read_template(fs, folder, settings));
  return out;
}

void write_tokenizer(const Tokenizer& tokenizer, GgufWriter& writer) {
  const auto number = [&](std::string_view key, std::optional<std::uint32_t> id) {
    if (id) writer.set_u32(key, *id);
  };
  const auto flag = [&](std::string_view key, std::optional<bool> value) {
    if (value) writer.set_bool(key, *value);
  };
  writer.set_text("tokenizer.ggml.model", tokenizer.model);
  if (!tokenizer.pre.empty()) writer.set_text("tokenizer.ggml.pre", tokenizer.pre);
  writer.set_texts("tokenizer.ggml.tokens", tokenizer.tokens);
  if (!tokenizer.scores.empty()) writer.set_f32s("tokenizer.ggml.scores", tokenizer.scores);
  writer.set_i32s("tokenizer.ggml.token_type", tokenizer.types);
  if (tokenizer.model != "llama") writer.set_texts("tokenizer.ggml.merges", tokenizer.merges);
  number("tokenizer.ggml.bos_token_id", tokenizer.bos);
  number("tokenizer.ggml.eos_token_id", tokenizer.eos);
  number("tokenizer.ggml.unknown_token_id", tokenizer.unknown);
  number("tokenizer.ggml.padding_token_id", tokenizer.padding);
  flag("tokenizer.ggml.add_bos_token", tokenizer.add_bos);
  flag("tokenizer.ggml.add_eos_token", tokenizer.add_eos);
  flag("tokenizer.ggml.add_space_prefix", tokenizer.add_space_prefix);
  if (!tokenizer.chat_template.empty())
    writer.set_text("tokenizer.chat_template", tokenizer.chat_template);
}

}  // namespace tegula::tensor

#include "content/model_config.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "content/layer.h"

namespace tegula::content {
namespace {

using codec::Json;
using codec::OrderedJson;
using Strings = std::vector<std::string>;

constexpr std::string_view kModalities[] = {"text",  "image",     "audio",
                                            "video", "embedding", "other"};

// The object `json`, which may hold these members and no others.
Result<void> expect_members(const Json& json, std::initializer_list<std::string_view> names) {
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected an object");
  for (const auto& [name, value] : json.items())
    if (std::ranges::find(names, name) == names.end())
      return fail(Code::InvalidArgument,
                  fmt::format("member \"{}\" is not in the profile", printable(name)));
  return {};
}

Result<std::string> optional_string(const Json& json, std::string_view name) {
  const std::optional<std::string> text = TRY(codec::optional_string_member(json, name));
  return text.value_or("");
}

Result<void> check_length(std::string_view name, std::size_t items) {
  if (items <= limits::kConfigListItemsMax) return {};
  return fail(Code::Exhausted, fmt::format("member \"{}\": {} items; at most {} are allowed", name,
                                           items, limits::kConfigListItemsMax));
}

Result<Strings> optional_strings(const Json& json, std::string_view name) {
  Strings out;
  const auto found = json.find(name);
  if (found == json.end()) return out;
  if (!found->is_array())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\": expected a list", name));
  TRY(check_length(name, found->size()));
  for (const Json& item : *found) {
    if (!item.is_string())
      return fail(Code::InvalidArgument, fmt::format("member \"{}\": expected strings", name));
    out.push_back(item.get_ref<const std::string&>());
  }
  return out;
}

Result<std::optional<bool>> optional_bool(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  if (found == json.end()) return std::optional<bool>();
  if (!found->is_boolean())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\": expected true or false", name));
  return std::optional(found->get<bool>());
}

Result<ModelDescriptor> parse_descriptor(const Json& json) {
  TRY(expect_members(
      json, {"createdAt", "authors", "vendor", "family", "name", "version", "title", "description",
             "docURL", "sourceURL", "datasetsURL", "revision", "licenses"}));
  if (json.contains("name") && json["name"] == "")
    return fail(Code::InvalidArgument, "member \"name\" is empty");
  ModelDescriptor out;
  out.created_at = TRY(optional_string(json, "createdAt"));
  out.authors = TRY(optional_strings(json, "authors"));
  out.vendor = TRY(optional_string(json, "vendor"));
  out.family = TRY(optional_string(json, "family"));
  out.name = TRY(optional_string(json, "name"));
  out.version = TRY(optional_string(json, "version"));
  out.title = TRY(optional_string(json, "title"));
  out.description = TRY(optional_string(json, "description"));
  out.doc_url = TRY(optional_string(json, "docURL"));
  out.source_url = TRY(optional_string(json, "sourceURL"));
  out.datasets_url = TRY(optional_strings(json, "datasetsURL"));
  out.revision = TRY(optional_string(json, "revision"));
  out.licenses = TRY(optional_strings(json, "licenses"));
  return out;
}

Result<ModelCapabilities> parse_capabilities(const Json& json) {
  TRY(expect_members(json, {"inputTypes", "outputTypes", "knowledgeCutoff", "reasoning",
                            "toolUsage", "reward", "languages"}));
  ModelCapabilities out;
  out.input_types = TRY(optional_strings(json, "inputTypes"));
  out.output_types = TRY(optional_strings(json, "outputTypes"));
  out.knowledge_cutoff = TRY(optional_string(json, "knowledgeCutoff"));
  out.reasoning = TRY(optional_bool(json, "reasoning"));
  out.tool_usage = TRY(optional_bool(json, "toolUsage"));
  out.reward = TRY(optional_bool(json, "reward"));
  out.languages = TRY(optional_strings(json, "languages"));
  return out;
}

Result<std::vector<Digest>> parse_diff_ids(const Json& json) {
  TRY(expect_members(json, {"type", "diffIds"}));
  const std::string type = TRY(codec::string_member(json, "type"));
  if (type != "layers")
    return fail(Code::InvalidArgument,
                fmt::format("member \"type\": expected \"layers\", got \"{}\"", printable(type)));
  std::vector<Digest> out;
  for (const std::string& text : TRY(optional_strings(json, "diffIds")))
    out.push_back(TRY(Digest::parse(text), "member \"diffIds\""));
  return out;
}

Result<ModelConfig> read_technical(const Json& json) {
  TRY(expect_members(
      json, {"architecture", "format", "paramSize", "precision", "quantization", "capabilities"}));
  ModelConfig out;
  out.architecture = TRY(optional_string(json, "architecture"));
  out.format = TRY(optional_string(json, "format"));
  out.param_size = TRY(optional_string(json, "paramSize"));
  out.precision = TRY(optional_string(json, "precision"));
  out.quantization = TRY(optional_string(json, "quantization"));
  if (json.contains("capabilities"))
    out.capabilities = TRY(parse_capabilities(json["capabilities"]), "capabilities");
  return out;
}

Result<void> check_date(std::string_view name, std::string_view text) {
  if (text.empty() || is_date_time(text)) return {};
  return fail(Code::InvalidArgument, fmt::format("member \"{}\": \"{}\" is not a time of RFC 3339",
                                                 name, printable(text)));
}

bool is_language(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

Result<void> check_capabilities(const ModelCapabilities& capabilities) {
  for (const Strings* list : {&capabilities.input_types, &capabilities.output_types})
    for (const std::string& type : *list)
      if (std::ranges::find(kModalities, type) == std::end(kModalities))
        return fail(Code::InvalidArgument,
                    fmt::format("\"{}\" is not a type of input or output", printable(type)));
  for (const std::string& language : capabilities.languages)
    if (!is_language(language))
      return fail(Code::InvalidArgument,
                  fmt::format("\"{}\" is not a language code of two letters", printable(language)));
  TRY(check_length("inputTypes", capabilities.input_types.size()));
  TRY(check_length("outputTypes", capabilities.output_types.size()));
  TRY(check_length("languages", capabilities.languages.size()));
  return check_date("knowledgeCutoff", capabilities.knowledge_cutoff);
}

Result<void> check(const ModelConfig& config) {
  TRY(check_date("createdAt", config.descriptor.created_at), "descriptor");
  TRY(check_length("authors", config.descriptor.authors.size()));
  TRY(check_length("datasetsURL", config.descriptor.datasets_url.size()));
  TRY(check_length("licenses", config.descriptor.licenses.size()));
  if (config.capabilities) TRY(check_capabilities(*config.capabilities), "capabilities");
  if (config.diff_ids.empty()) return fail(Code::InvalidArgument, "modelfs: there are no diffIds");
  return check_length("diffIds", config.diff_ids.size());
}

Result<ModelConfig> parse_config(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kConfigBytesMax}));
  TRY(expect_members(json, {"descriptor", "config", "modelfs"}));
  ModelConfig out = TRY(read_technical(*TRY(codec::object_member(json, "config"))), "config");
  out.descriptor =
      TRY(parse_descriptor(*TRY(codec::object_member(json, "descriptor"))), "descriptor");
  out.diff_ids = TRY(parse_diff_ids(*TRY(codec::object_member(json, "modelfs"))), "modelfs");
  TRY(check(out));
  return out;
}

void put(OrderedJson& json, std::string_view name, const std::string& value) {
  if (!value.empty()) json[std::string(name)] = value;
}
void put(OrderedJson& json, std::string_view name, const Strings& value) {
  if (!value.empty()) json[std::string(name)] = value;
}
void put(OrderedJson& json, std::string_view name, std::optional<bool> value) {
  if (value) json[std::string(name)] = *value;
}

OrderedJson descriptor_json(const ModelDescriptor& descriptor) {
  OrderedJson json = OrderedJson::object();
  put(json, "createdAt", descriptor.created_at);
  put(json, "authors", descriptor.authors);
  put(json, "vendor", descriptor.vendor);
  put(json, "family", descriptor.family);
  put(json, "name", descriptor.name);
  put(json, "version", descriptor.version);
  put(json, "title", descriptor.title);
  put(json, "description", descriptor.description);
  put(json, "docURL", descriptor.doc_url);
  put(json, "sourceURL", descriptor.source_url);
  put(json, "datasetsURL", descriptor.datasets_url);
  put(json, "revision", descriptor.revision);
  put(json, "licenses", descriptor.licenses);
  return json;
}

OrderedJson capabilities_json(const ModelCapabilities& capabilities) {
  OrderedJson json = OrderedJson::object();
  put(json, "inputTypes", capabilities.input_types);
  put(json, "outputTypes", capabilities.output_types);
  put(json, "knowledgeCutoff", capabilities.knowledge_cutoff);
  put(json, "reasoning", capabilities.reasoning);
  put(json, "toolUsage", capabilities.tool_usage);
  put(json, "reward", capabilities.reward);
  put(json, "languages", capabilities.languages);
  return json;
}

OrderedJson config_json(const ModelConfig& config) {
  OrderedJson technical = OrderedJson::object();
  put(technical, "architecture", config.architecture);
  put(technical, "format", config.format);
  put(technical, "paramSize", config.param_size);
  put(technical, "precision", config.precision);
  put(technical, "quantization", config.quantization);
  if (config.capabilities) technical["capabilities"] = capabilities_json(*config.capabilities);
  Strings diff_ids;
  for (const Digest& digest : config.diff_ids) diff_ids.push_back(digest.str());
  OrderedJson json;
  json["descriptor"] = descriptor_json(config.descriptor);
  json["config"] = std::move(technical);
  json["modelfs"]["type"] = "layers";
  json["modelfs"]["diffIds"] = std::move(diff_ids);
  return json;
}

Result<std::string> compact(const OrderedJson& json) {
  try {
    return json.dump();
  } catch (const OrderedJson::exception&) {
    return fail(Code::InvalidArgument, "a string is not UTF-8");
  }
}

}  // namespace

Result<ModelConfig> ModelConfig::parse(std::string_view json) {
  return TRY(parse_config(json), "model config");
}

Result<std::string> encode(const ModelConfig& config) {
  TRY(check(config), "model config");
  std::string out = TRY(compact(config_json(config)), "model config");
  if (out.size() > limits::kConfigBytesMax)
    return fail(Code::Exhausted, fmt::format("model config: {} bytes; at most {} are allowed",
                                             out.size(), limits::kConfigBytesMax));
  return out;
}

std::string param_size(std::uint64_t parameters) {
  constexpr std::string_view kScales = "KMBTQ";
  if (parameters < 1000) return {};
  std::uint64_t unit = 1000;
  std::size_t scale = 0;
  for (; scale + 1 < kScales.size() && parameters / unit >= 1000; ++scale) unit *= 1000;
  std::uint64_t tenths = parameters / (unit / 10) + (parameters % (unit / 10) >= unit / 20 ? 1 : 0);
  if (tenths >= 10'000 && scale + 1 < kScales.size()) {  // 999.96K is 1M
    tenths = 10;
    ++scale;
  }
  if (tenths % 10 == 0 || tenths >= 100)
    return fmt::format("{}{}", (tenths + 5) / 10, kScales[scale]);
  return fmt::format("{}.{}{}", tenths / 10, tenths % 10, kScales[scale]);
}

}  // namespace tegula::content

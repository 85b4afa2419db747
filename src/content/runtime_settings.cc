#include "content/runtime_settings.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "codec/json.h"

namespace tegula::content {
namespace {

using codec::Json;

constexpr std::uint64_t kVersion = 1;
constexpr std::array<std::string_view, 9> kMembers = {"adapters", "draft",      "messages",
                                                      "model",    "parameters", "requires",
                                                      "system",   "template",   "version"};

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::InvalidArgument, fmt::format("{}: {}", kRuntimeSettingsFile, what));
}

Result<void> check_members(const Json& json, std::span<const std::string_view> known) {
  if (!json.is_object()) return malformed("an object was expected");
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(Code::Unsupported,
                  fmt::format("{}: unknown member \"{}\"", kRuntimeSettingsFile, name),
                  "the model was made by a newer Tegula; update this one");
    }
  }
  return {};
}

// A string member, or empty if it is absent.
Result<std::string> text(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return std::string();
  if (!found->is_string()) return malformed(fmt::format("\"{}\" is not a string", name));
  return found->get<std::string>();
}

Result<std::vector<Json>> list(const Json& json, const char* name, std::size_t max) {
  const auto found = json.find(name);
  if (found == json.end()) return std::vector<Json>();
  if (!found->is_array()) return malformed(fmt::format("\"{}\" is not a list", name));
  if (found->size() > max) {
    return fail(Code::Exhausted, fmt::format("{}: \"{}\" has {} items, at most {} are allowed",
                                             kRuntimeSettingsFile, name, found->size(), max));
  }
  return found->get<std::vector<Json>>();
}

Result<Parameter> parameter(const std::string& name, const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_array() && value.size() <= limits::kStopStringsMax &&
      std::ranges::all_of(value, [](const Json& item) { return item.is_string(); }))
    return value.get<std::vector<std::string>>();
  return malformed(fmt::format("parameter \"{}\" is no number, bool or list of strings", name));
}

Result<std::map<std::string, Parameter>> parameters(const Json& json) {
  std::map<std::string, Parameter> out;
  const auto found = json.find("parameters");
  if (found == json.end()) return out;
  if (!found->is_object()) return malformed("\"parameters\" is not an object");
  for (const auto& [name, value] : found->items()) out.emplace(name, TRY(parameter(name, value)));
  return out;
}

Result<std::vector<AdapterUse>> adapters(const Json& json) {
  static constexpr std::array<std::string_view, 2> kKnown = {"file", "scale"};
  std::vector<AdapterUse> out;
  for (const Json& item : TRY(list(json, "adapters", limits::kEngineAdaptersMax))) {
    TRY(check_members(item, kKnown));
    const auto scale = item.find("scale");
    if (scale == item.end() || !scale->is_number())
      return malformed("an adapter's \"scale\" is not a number");
    std::string file = TRY(text(item, "file"));
    out.push_back({std::move(file), scale->get<double>()});
  }
  return out;
}

Result<std::vector<Message>> messages(const Json& json) {
  static constexpr std::array<std::string_view, 2> kKnown = {"content", "role"};
  static constexpr std::array<std::string_view, 3> kRoles = {"system", "user", "assistant"};
  std::vector<Message> out;
  for (const Json& item : TRY(list(json, "messages", limits::kModelfileCommandsMax))) {
    TRY(check_members(item, kKnown));
    Message message;
    message.role = TRY(text(item, "role"));
    message.content = TRY(text(item, "content"));
    if (std::ranges::find(kRoles, message.role) == kRoles.end())
      return malformed(fmt::format("\"{}\" is not a role", message.role));
    out.push_back(std::move(message));
  }
  return out;
}

Json json_of(const Parameter& parameter) {
  return std::visit([](const auto& value) { return Json(value); }, parameter);
}

void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

}  // namespace

Result<RuntimeSettings> RuntimeSettings::parse(std::string_view bytes) {
  const Json json = TRY(codec::parse_json(bytes), kRuntimeSettingsFile);
  TRY(check_members(json, kMembers));
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_unsigned())
    return malformed("\"version\" is missing");
  if (version->get<std::uint64_t>() != kVersion) {
    return fail(Code::Unsupported,
                fmt::format("{}: version {} is not known, this build reads {}",
                            kRuntimeSettingsFile, version->get<std::uint64_t>(), kVersion));
  }
  RuntimeSettings out;
  out.model = TRY(text(json, "model"));
  if (out.model.empty()) return malformed("\"model\" is missing");
  out.draft = TRY(text(json, "draft"));
  out.chat_template = TRY(text(json, "template"));
  out.system = TRY(text(json, "system"));
  out.requires_version = TRY(text(json, "requires"));
  out.adapters = TRY(tegula::content::adapters(json));
  out.messages = TRY(tegula::content::messages(json));
  out.parameters = TRY(tegula::content::parameters(json));
  return out;
}

std::string RuntimeSettings::encode() const {
  Json json = {{"version", kVersion}, {"model", model}};
  put(json, "draft", draft);
  put(json, "template", chat_template);
  put(json, "system", system);
  put(json, "requires", requires_version);
  for (const AdapterUse& adapter : adapters)
    json["adapters"].push_back({{"file", adapter.file}, {"scale", adapter.scale}});
  for (const Message& message : messages)
    json["messages"].push_back({{"role", message.role}, {"content", message.content}});
  for (const auto& [name, value] : parameters) json["parameters"][name] = json_of(value);
  Result<std::string> text = codec::canonical_json(json);
  CHECK(text.has_value());  // made of finite numbers and UTF-8 text only
  return std::move(*text);
}

}  // namespace tegula::content

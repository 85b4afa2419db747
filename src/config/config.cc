#include "config/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "codec/toml.h"

namespace tegula::config {
namespace {

constexpr std::string_view kMirrors = "mirrors";

template <std::int64_t kMin, std::int64_t kMax>
bool in_range(const Value& value) {
  const std::int64_t number = std::get<std::int64_t>(value);
  return number >= kMin && number <= kMax;
}

bool any(const Value&) { return true; }

bool is_size(const Value& value) { return parse_size(std::get<std::string>(value)).has_value(); }

bool is_colour(const Value& value) {
  const std::string& text = std::get<std::string>(value);
  return text == "auto" || text == "always" || text == "never";
}

bool is_folder(const Value& value) {
  const std::string& text = std::get<std::string>(value);
  return text.empty() || text.starts_with("/") || text.starts_with("~/");
}

const std::vector<Key>& key_table() {
  static const std::vector<Key> kKeys = {
      {"chat.history", true, "keep what is typed in chats, for the arrow keys", any,
       "true or false"},
      {"engine.memory", std::string("0"),
       "memory a model may take, such as \"8GiB\"; 0: what is free", is_size,
       "a size such as \"8GiB\""},
      {"engine.threads", std::int64_t{0}, "threads that compute; 0: one for each processor core",
       in_range<0, 1024>, "a number from 0 to 1024"},
      {"store.folder", std::string(), "where the models are; empty: in the data folder", is_folder,
       "an absolute path"},
      {"ui.colour", std::string("auto"), "auto, always or never", is_colour,
       "\"auto\", \"always\" or \"never\""},
  };
  return kKeys;
}

std::unexpected<Error> wrong(const Key& key) {
  return fail(Code::InvalidArgument, fmt::format("{}: {} was expected", key.name, key.expected));
}

Result<Value> value_of(const Key& key, const codec::Json& json) {
  if (json.is_boolean() && std::holds_alternative<bool>(key.fallback)) return json.get<bool>();
  if (json.is_number_integer() && std::holds_alternative<std::int64_t>(key.fallback))
    return json.get<std::int64_t>();
  if (json.is_string() && std::holds_alternative<std::string>(key.fallback))
    return json.get<std::string>();
  return wrong(key);
}

Result<Value> value_of(const Key& key, std::string_view text) {
  if (std::holds_alternative<std::string>(key.fallback)) return std::string(text);
  if (std::holds_alternative<bool>(key.fallback)) {
    if (text == "true") return true;
    if (text == "false") return false;
    return wrong(key);
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return wrong(key);
  return number;
}

// A value that is well-formed TOML and wrong here: the error says where it stands.
Error at(Error error, const codec::Toml& toml, const std::string& pointer) {
  const auto place = toml.places.find(pointer);
  if (place == toml.places.end()) return error;
  return std::move(error).within(
      fmt::format("line {}, column {}", place->second.line, place->second.column));
}

bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") ==
                              std::string_view::npos;
}

Result<std::vector<std::string>> mirrors_of(const std::string& host, const codec::Json& json) {
  if (!is_host(host))
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is no host", host),
                "such as \"hf.co\" or \"registry.example.org:5000\", in quotes and lower case");
  const auto is_address = [](const codec::Json& item) {
    if (!item.is_string()) return false;
    const std::string& text = item.get_ref<const std::string&>();
    return text.starts_with("https://") || text.starts_with("http://");
  };
  if (json.is_array() && std::ranges::all_of(json, is_address))
    return json.get<std::vector<std::string>>();
  return fail(Code::InvalidArgument,
              fmt::format("mirrors of \"{}\": a list of addresses was expected", host),
              fmt::format("\"{}\" = [\"https://mirror.example.org\"]", host));
}

Result<Mirrors> read_mirrors(const codec::Json& section, const codec::Toml& toml) {
  Mirrors out;
  for (const auto& [host, json] : section.items()) {
    auto mirrors = mirrors_of(host, json);
    if (!mirrors)
      return std::unexpected(at(mirrors.error(), toml, fmt::format("/mirrors/{}", host)));
    out.emplace(host, std::move(*mirrors));
  }
  return out;
}

std::string toml_text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? str(value) : codec::Json(*text).dump();  // JSON strings are TOML strings
}

}  // namespace

std::span<const Key> keys() { return key_table(); }

Result<const Key*> find_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Key& key : key_table()) {
    if (key.name == name) return &key;
    names.push_back(key.name);
  }
  const std::string_view near = nearest(name, names);
  return fail(
      Code::InvalidArgument, fmt::format("there is no setting \"{}\"", name),
      near.empty() ? "`tegula config list` shows them" : fmt::format("did you mean {}?", near));
}

std::string str(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  return std::get<std::string>(value);
}

Result<Config> Config::load(const os::FileSystem& files, const os::Path& path) {
  const auto text = os::read_file(files, path, limits::kConfigFileBytesMax);
  if (!text && text.error().code == Code::NotFound) return Config();
  if (!text) return std::unexpected(text.error());
  Result<Config> out = parse(*text);
  if (out) return out;
  Error error = std::move(out).error().within(path.string());
  if (error.hint.empty())
    error.hint = "mend that line, or move the file away to have the defaults again";
  return std::unexpected(std::move(error));
}

Result<Config> Config::parse(std::string_view text) {
  const codec::Toml toml = TRY(codec::parse_toml(text));
  Config out;
  for (const auto& [section, members] : toml.root.items()) {
    if (!members.is_object()) {
      return std::unexpected(at(find_key(section).error(), toml, fmt::format("/{}", section)));
    }
    if (section == kMirrors) {
      out.mirrors_ = TRY(read_mirrors(members, toml));
      continue;
    }
    for (const auto& [name, json] : members.items()) {
      const std::string pointer = fmt::format("/{}/{}", section, name);
      const Result<const Key*> key = find_key(fmt::format("{}.{}", section, name));
      if (!key) return std::unexpected(at(key.error(), toml, pointer));
      Result<Value> value = value_of(**key, json);
      if (!value) return std::unexpected(at(value.error(), toml, pointer));
      if (Result<void> done = out.put(**key, std::move(*value)); !done)
        return std::unexpected(at(done.error(), toml, pointer));
    }
  }
  return out;
}

std::string Config::encode() const {
  std::string out, section;
  for (const auto& [name, value] : values_) {
    const std::size_t dot = name.find('.');
    if (name.substr(0, dot) != section) {
      section = name.substr(0, dot);
      out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
    }
    out += fmt::format("{} = {}\n", name.substr(dot + 1), toml_text(value));
  }
  if (!mirrors_.empty()) out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", kMirrors);
  for (const auto& [host, addresses] : mirrors_)
    out += fmt::format("{} = {}\n", codec::Json(host).dump(), codec::Json(addresses).dump());
  return out;
}

Result<void> Config::save(os::FileSystem& files, const os::Path& path) const {
  TRY(os::make_folders(files, path.parent_path(), 0700));
  return os::write_durably(files, path, bytes_of(encode()), 0600);
}

Value Config::get(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const Result<const Key*> key = find_key(name);
  CHECK(key.has_value());
  return (*key)->fallback;
}

Result<void> Config::set(std::string_view name, std::string_view text) {
  const Key* key = TRY(find_key(name));
  return put(*key, TRY(value_of(*key, text)));
}

Result<void> Config::unset(std::string_view name) {
  TRY(find_key(name));
  if (const auto found = values_.find(name); found != values_.end()) values_.erase(found);
  return {};
}

Result<void> Config::put(const Key& key, Value value) {
  if (!key.accepts(value)) return wrong(key);
  values_.insert_or_assign(std::string(key.name), std::move(value));
  return {};
}

os::Path store_folder(const Config& config, const Folders& folders) {
  const std::string configured = config.get_text("store.folder");
  if (configured.empty()) return folders.data / "store";
  if (configured.starts_with("~/")) return folders.home / configured.substr(2);
  return configured;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr std::array<Unit, 9> kUnits = {{{"", 1},
                                                  {"B", 1},
                                                  {"KB", 1'000},
                                                  {"MB", 1'000'000},
                                                  {"GB", 1'000'000'000},
                                                  {"KiB", limits::kKiB},
                                                  {"MiB", limits::kMiB},
                                                  {"GiB", limits::kGiB},
                                                  {"TiB", limits::kTiB}}};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  for (const Unit& unit : kUnits) {
    if (error == std::errc() && rest == unit.name && number <= UINT64_MAX / unit.bytes)
      return number * unit.bytes;
  }
  return fail(Code::InvalidArgument, fmt::format("\"{}\" is not a size", text),
              "such as 8GiB or 500MB");
}

}  // namespace tegula::config

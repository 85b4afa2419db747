// config.toml: the few things a user may want otherwise. docs/reference/config.md lists the keys.
//
// Errors: InvalidArgument with line and column for a file that is malformed, names an unknown key
// or gives a value of the wrong kind. Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/folders.h"
#include "os/file_system.h"

namespace tegula::config {

using Value = std::variant<bool, std::int64_t, std::string>;

struct Key {
  std::string_view name;  // "engine.threads"
  Value fallback;
  std::string_view help;
  bool (*accepts)(const Value&);  // the kind is checked before
  std::string_view expected;      // "a number from 0 to 1024"
};

std::span<const Key> keys();

// The table's entry; InvalidArgument with did-you-mean.
Result<const Key*> find_key(std::string_view name);

// "true", "8", "auto".
std::string str(const Value& value);

// Base addresses that are tried before a host itself, in this order, by host: "hf.co",
// "registry.example.org:5000" (docs/reference/pull.md#mirrors).
using Mirrors = std::map<std::string, std::vector<std::string>, std::less<>>;

class Config {
 public:
  // A file that is not there is an empty one.
  static Result<Config> load(const os::FileSystem& files, const os::Path& path);
  static Result<Config> parse(std::string_view toml);

  // The inverse of parse, as a file people can go on editing. Comments are not kept.
  std::string encode() const;

  // Durably. The folder is made.
  Result<void> save(os::FileSystem& files, const os::Path& path) const;

  // `name` is one of keys(); the fallback if it isn't set.
  Value get(std::string_view name) const;
  bool get_bool(std::string_view name) const { return std::get<bool>(get(name)); }
  std::int64_t get_int(std::string_view name) const { return std::get<std::int64_t>(get(name)); }
  std::string get_text(std::string_view name) const { return std::get<std::string>(get(name)); }
  bool is_set(std::string_view name) const { return values_.contains(name); }

  // The section [mirrors], which only an editor changes.
  const Mirrors& mirrors() const { return mirrors_; }

  // From text as typed: `config set engine.threads 4`.
  Result<void> set(std::string_view name, std::string_view text);
  Result<void> unset(std::string_view name);

 private:
  Result<void> put(const Key& key, Value value);

  std::map<std::string, Value, std::less<>> values_;
  Mirrors mirrors_;
};

// Where the model store is: store.folder, else beside the rest of what is kept.
os::Path store_folder(const Config& config, const Folders& folders);

// "8GiB", "500 MB", "0" as bytes; nothing if it is no size.
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace tegula::config

#include "build/lock.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"

namespace tegula::build {
namespace {

using codec::Json;

constexpr std::uint64_t kVersion = 1;
constexpr std::array kRoles = {InputRole::Recipe, InputRole::From,    InputRole::Adapter,
                               InputRole::Draft,  InputRole::Imatrix, InputRole::Settings};

Result<void> check_members(const Json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return fail(Code::InvalidArgument, "expected an object");
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end())
      return fail(Code::InvalidArgument, fmt::format("unknown member \"{}\"", printable(name)));
  }
  return {};
}

Result<const Json*> list(const Json& object, std::string_view name, std::size_t max) {
  const Json* const out = TRY(codec::array_member(object, name));
  if (out->size() > max) {
    return fail(Code::Exhausted,
                fmt::format("\"{}\" has {} items, at most {} are read", name, out->size(), max));
  }
  return out;
}

Result<std::string> word(const Json& object, std::string_view name) {
  std::string out = TRY(codec::string_member(object, name));
  if (out.empty() || out.size() > limits::kLockTextBytesMax) {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" has {} bytes, 1 to {} are expected",
                                                   name, out.size(), limits::kLockTextBytesMax));
  }
  return out;
}

Result<std::uint64_t> number(const Json& object, std::string_view name,
                             std::uint64_t max = limits::kLockNumberMax) {
  const std::uint64_t out = TRY(codec::uint_member(object, name));
  if (out > max)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is {}, at most {} is expected", name, out, max));
  return out;
}

Result<content::Digest> digest(const Json& object) {
  return TRY(content::Digest::parse(TRY(codec::string_member(object, "digest"))), "\"digest\"");
}

Result<InputRole> role(const Json& object) {
  const std::string text = TRY(codec::string_member(object, "role"));
  const auto* const found = std::ranges::find(kRoles, text, role_name);
  if (found == kRoles.end())
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is no role", printable(text)));
  return *found;
}

Result<LockInput> input(const Json& json) {
  TRY(check_members(json, {"digest", "name", "origin", "role", "size"}));
  const InputRole known = TRY(role(json));
  std::string name = TRY(word(json, "name"));
  std::string origin = TRY(word(json, "origin"));
  const content::Digest content = TRY(digest(json));
  const std::uint64_t size = TRY(number(json, "size"));
  return LockInput{known, std::move(name), std::move(origin), content, size};
}

Result<void> read_inputs(const Json& json, Lock& lock) {
  for (const Json& item : *TRY(list(json, "inputs", limits::kLockInputsMax))) {
    LockInput parsed = TRY(input(item), fmt::format("input {}", lock.inputs.size() + 1));
    if (lock.find(parsed.role, parsed.name) != nullptr) {
      return fail(Code::InvalidArgument,
                  fmt::format("input \"{}\" is there twice", printable(parsed.name)));
    }
    lock.inputs.push_back(std::move(parsed));
  }
  return {};
}

Result<void> read_targets(const Json& json, Lock& lock) {
  for (const Json& item : *TRY(list(json, "targets", limits::kLockTargetsMax))) {
    if (!item.is_string() || item.get_ref<const std::string&>().size() > limits::kLockTextBytesMax)
      return fail(Code::InvalidArgument, "a target is no string, or a long one");
    lock.targets.push_back(item.get<std::string>());
  }
  return {};
}

Result<void> read_outputs(const Json& json, Lock& lock) {
  for (const Json& item : *TRY(list(json, "outputs", limits::kLockTargetsMax))) {
    TRY(check_members(item, {"digest", "target"}), "output");
    const std::string target = TRY(word(item, "target"), "output");
    const content::Digest made = TRY(digest(item), "output");
    if (std::ranges::find(lock.targets, target) == lock.targets.end()) {
      return fail(Code::InvalidArgument,
                  fmt::format("output \"{}\" belongs to no target", printable(target)));
    }
    if (!lock.outputs.emplace(target, made).second) {
      return fail(Code::InvalidArgument,
                  fmt::format("output \"{}\" is there twice", printable(target)));
    }
  }
  return {};
}

Result<void> check_version(const Json& json) {
  const std::uint64_t version = TRY(codec::uint_member(json, "version"));
  if (version == kVersion) return {};
  return fail(Code::Unsupported,
              fmt::format("version {} is not known, this build reads {}", version, kVersion),
              "it was written by a newer Tegula; update this one");
}

Result<Lock> lock_of(const Json& json) {
  TRY(check_version(json));
  TRY(check_members(
      json, {"inputs", "numerics", "outputs", "seed", "source_date_epoch", "targets", "version"}));
  Lock out;
  TRY(read_inputs(json, out));
  out.numerics = TRY(word(json, "numerics"));
  out.seed = TRY(number(json, "seed"));
  const std::uint64_t seconds = TRY(number(json, "source_date_epoch", limits::kLockSecondsMax));
  out.source_date = WallTime(std::chrono::seconds(seconds));
  TRY(read_targets(json, out));
  TRY(read_outputs(json, out));
  return out;
}

Json json_of(const LockInput& input) {
  return {{"digest", input.digest.str()},
          {"name", input.name},
          {"origin", input.origin},
          {"role", role_name(input.role)},
          {"size", input.size}};
}

// What the build id covers.
Json json_of_inputs(const Lock& lock) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(lock.source_date);
  Json out = {{"inputs", Json::array()}, {"numerics", lock.numerics},
              {"seed", lock.seed},       {"source_date_epoch", seconds.time_since_epoch().count()},
              {"targets", lock.targets}, {"version", kVersion}};
  for (const LockInput& input : lock.inputs) out["inputs"].push_back(json_of(input));
  return out;
}

std::string canonical(const Json& json) {
  Result<std::string> text = codec::canonical_json(json);
  CHECK(text.has_value());  // whole numbers below 2^53 and UTF-8
  return std::move(*text);
}

void compare_inputs(const Lock& before, const Lock& after, std::vector<std::string>& out) {
  for (const LockInput& input : after.inputs) {
    const LockInput* const old = before.find(input.role, input.name);
    const std::string name = printable(input.name);
    if (old == nullptr)
      out.push_back(fmt::format("input \"{}\" is new", name));
    else if (old->digest != input.digest)
      out.push_back(fmt::format("input \"{}\": {} is now {}", name,
                                content::short_form(old->digest),
                                content::short_form(input.digest)));
    else if (old->origin != input.origin)
      out.push_back(fmt::format("input \"{}\" comes from \"{}\", was from \"{}\"", name,
                                printable(input.origin), printable(old->origin)));
  }
  for (const LockInput& input : before.inputs) {
    if (after.find(input.role, input.name) == nullptr)
      out.push_back(fmt::format("input \"{}\" is gone", printable(input.name)));
  }
}

}  // namespace

std::string_view role_name(InputRole role) {
  switch (role) {
    case InputRole::Recipe: return "recipe";
    case InputRole::From: return "from";
    case InputRole::Adapter: return "adapter";
    case InputRole::Draft: return "draft";
    case InputRole::Imatrix: return "imatrix";
    case InputRole::Settings: return "settings";
  }
  return "";
}

std::string input_name(std::string_view folder, std::string_view file) {
  return fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", file);
}

Result<Lock> Lock::parse(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kLockBytesMax}), kLockFile);
  return TRY(lock_of(json), kLockFile);
}

std::string Lock::encode() const {
  Json json = json_of_inputs(*this);
  json["outputs"] = Json::array();
  for (const auto& [target, made] : outputs)
    json["outputs"].push_back({{"digest", made.str()}, {"target", target}});
  return canonical(json) + "\n";
}

content::Digest Lock::build_id() const {
  return content::Digest::of(bytes_of(canonical(json_of_inputs(*this))));
}

const LockInput* Lock::find(InputRole role, std::string_view name) const {
  const auto found = std::ranges::find_if(
      inputs, [&](const LockInput& input) { return input.role == role && input.name == name; });
  return found == inputs.end() ? nullptr : &*found;
}

std::vector<std::string> differences(const Lock& before, const Lock& after) {
  std::vector<std::string> out;
  if (before.build_id() == after.build_id()) return out;
  compare_inputs(before, after, out);
  if (before.targets != after.targets) out.emplace_back("the targets differ");
  if (before.numerics != after.numerics)
    out.push_back(fmt::format("numerics \"{}\" are now \"{}\"", printable(before.numerics),
                              printable(after.numerics)));
  if (before.seed != after.seed)
    out.push_back(fmt::format("seed {} is now {}", before.seed, after.seed));
  if (before.source_date != after.source_date)
    out.push_back(fmt::format("SOURCE_DATE_EPOCH: {} is now {}", rfc3339(before.source_date),
                              rfc3339(after.source_date)));
  if (out.empty()) out.emplace_back("the order of the inputs differs");
  return out;
}

std::vector<std::string> output_differences(const Lock& before, const Lock& after) {
  std::vector<std::string> out;
  if (before.build_id() != after.build_id()) return out;
  for (const auto& [target, digest] : after.outputs) {
    const auto was = before.outputs.find(target);
    if (was != before.outputs.end() && was->second != digest)
      out.push_back(fmt::format("target \"{}\" was {}, and is {} of the same inputs",
                                printable(target), was->second.str(), digest.str()));
  }
  return out;
}

}  // namespace tegula::build

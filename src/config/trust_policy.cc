#include "config/trust_policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "codec/toml.h"

namespace tegula::config {
namespace {

using codec::Json;

// One table of the file, and where it stands.
struct Table {
  const Json& json;
  const codec::Toml& toml;
  std::string pointer;
  std::string_view file;

  PolicyPlace place_of(std::string_view member) const {
    const auto place = toml.places.find(fmt::format("{}/{}", pointer, member));
    if (place == toml.places.end()) return {};
    return {fmt::format("{}{}line {}, column {}", file, file.empty() ? "" : ": ",
                        place->second.line, place->second.column)};
  }
  Error at(Error error, std::string_view member) const {
    const PolicyPlace place = place_of(member);
    return place.text.empty() ? error : std::move(error).within(place.text);
  }
  std::unexpected<Error> refuse(std::string_view member, std::string text,
                                std::string hint = {}) const {
    return std::unexpected(
        at(Error{Code::InvalidArgument, std::move(text), std::move(hint)}, member));
  }
  const Json* find(std::string_view member) const {
    const auto found = json.find(member);
    return found == json.end() ? nullptr : &*found;
  }
};

Result<void> check_members(const Table& table, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : table.json.items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::vector<std::string_view> known(names);
    const std::string_view near = nearest(name, known);
    return table.refuse(name, fmt::format("there is no \"{}\" here", printable(name)),
                        near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
  }
  return {};
}

Result<std::string> text_of(const Table& table, std::string_view member) {
  const Json* found = table.find(member);
  if (found == nullptr) return std::string();
  if (!found->is_string() || found->get_ref<const std::string&>().empty())
    return table.refuse(member, fmt::format("{}: a text was expected", member));
  const std::string& text = found->get_ref<const std::string&>();
  if (text.size() <= limits::kTrustPatternBytesMax) return text;
  return std::unexpected(table.at(Error{Code::Exhausted,
                                        fmt::format("{}: {} bytes, at most {}", member, text.size(),
                                                    limits::kTrustPatternBytesMax),
                                        {}},
                                  member));
}

Result<void> check_count(const Table& table, std::string_view member, std::size_t count) {
  if (count <= limits::kTrustPolicySignersMax) return {};
  return std::unexpected(table.at(Error{Code::Exhausted,
                                        fmt::format("{}: {} of them, at most {}", member, count,
                                                    limits::kTrustPolicySignersMax),
                                        {}},
                                  member));
}

// A text, or a list of them.
Result<std::vector<std::string>> texts_of(const Table& table, std::string_view member) {
  std::vector<std::string> out;
  const Json* found = table.find(member);
  if (found == nullptr) return out;
  if (found->is_string()) {
    out.push_back(TRY(text_of(table, member)));
    return out;
  }
  if (!found->is_array())
    return table.refuse(member, fmt::format("{}: a list was expected", member));
  TRY(check_count(table, member, found->size()));
  for (const Json& one : *found) {
    if (!one.is_string() || one.get_ref<const std::string&>().empty() ||
        one.get_ref<const std::string&>().size() > limits::kTrustPatternBytesMax)
      return table.refuse(member, fmt::format("{}: texts of up to {} bytes were expected", member,
                                              limits::kTrustPatternBytesMax));
    out.push_back(one.get<std::string>());
  }
  return out;
}

Result<PolicySigner> parse_signer(const Table& table) {
  TRY(check_members(table, {"identity", "issuer", "key"}));
  PolicySigner out;
  out.identity = TRY(text_of(table, "identity"));
  out.issuer = TRY(text_of(table, "issuer"));
  out.key = TRY(text_of(table, "key"));
  out.key_place = table.place_of("key");
  const bool has_identity = !out.identity.empty() && !out.issuer.empty();
  if (out.key.empty() ? has_identity : out.identity.empty() && out.issuer.empty()) return out;
  return Table{table.json, table.toml, {}, table.file}.refuse(
      table.pointer.substr(1), "a signer is an identity with its issuer, or a key");
}

Result<std::vector<PolicySigner>> signers_of(const Table& table, std::string_view member) {
  std::vector<PolicySigner> out;
  const Json* found = table.find(member);
  if (found == nullptr) return out;
  if (!found->is_array())
    return table.refuse(member, fmt::format("{}: a list was expected", member));
  TRY(check_count(table, member, found->size()));
  for (const Json& one : *found) {
    const Table signer{one, table.toml, fmt::format("{}/{}/{}", table.pointer, member, out.size()),
                       table.file};
    if (!one.is_object())
      return table.refuse(member, fmt::format("{}: tables were expected", member));
    out.push_back(TRY(parse_signer(signer)));
  }
  return out;
}

// How many of the listed; by default all of them.
Result<std::uint64_t> least_of(const Table& table, std::string_view member, std::size_t listed) {
  const Json* found = table.find(member);
  if (found == nullptr) return listed;
  if (!found->is_number_integer() || found->get<std::int64_t>() < 0)
    return table.refuse(member, fmt::format("{}: a number was expected, 0 or more", member));
  const auto wanted = found->get<std::uint64_t>();
  if (wanted <= listed) return wanted;
  return table.refuse(member,
                      fmt::format("{}: {} are wanted, but {} are listed", member, wanted, listed));
}

Result<TrustMode> parse_mode(const Table& table) {
  const std::string text = TRY(text_of(table, "mode"));
  if (text.empty()) return TrustMode::Enforce;
  for (const TrustMode mode : {TrustMode::Enforce, TrustMode::Warn, TrustMode::Off})
    if (text == name_of(mode)) return mode;
  return table.refuse("mode", "mode: \"enforce\", \"warn\" or \"off\" was expected");
}

Result<PolicyRule> parse_rule(const Table& table) {
  TRY(check_members(table, {"names", "mode", "signers", "logs", "witnesses", "witnesses_min",
                            "rebuilders", "rebuilders_min"}));
  PolicyRule out;
  out.names = TRY(texts_of(table, "names"));
  if (out.names.empty())
    return Table{table.json, table.toml, {}, table.file}.refuse(
        table.pointer.substr(1), "a rule without \"names\"", "names = [\"*\"] is for every model");
  out.mode = TRY(parse_mode(table));
  out.signers = TRY(signers_of(table, "signers"));
  out.logs = TRY(texts_of(table, "logs"));
  out.logs_place = table.place_of("logs");
  out.witnesses = TRY(texts_of(table, "witnesses"));
  out.witnesses_place = table.place_of("witnesses");
  out.witnesses_min = TRY(least_of(table, "witnesses_min", out.witnesses.size()));
  out.rebuilders = TRY(signers_of(table, "rebuilders"));
  out.rebuilders_min = TRY(least_of(table, "rebuilders_min", out.rebuilders.size()));
  return out;
}

// --- writing: what JSON makes of a text is a text in TOML too ---

std::string quoted(const std::string& text) { return Json(text).dump(); }

template <class T, class ToText>
std::string list_of(std::string_view name, const std::vector<T>& items, ToText to_text) {
  if (items.empty()) return {};
  std::string out = fmt::format("{} = [\n", name);
  for (const T& one : items) out += fmt::format("  {},\n", to_text(one));
  return out + "]\n";
}

std::string signer_text(const PolicySigner& signer) {
  if (!signer.key.empty()) return fmt::format("{{ key = {} }}", quoted(signer.key));
  return fmt::format("{{ identity = {}, issuer = {} }}", quoted(signer.identity),
                     quoted(signer.issuer));
}

}  // namespace

std::string encode(const PolicyRule& rule) {
  std::string out = "\n[[rules]]\n";
  out += list_of("names", rule.names, quoted);
  out += fmt::format("mode = {}\n", quoted(std::string(name_of(rule.mode))));
  out += list_of("signers", rule.signers, signer_text);
  out += list_of("logs", rule.logs, quoted);
  out += list_of("witnesses", rule.witnesses, quoted);
  out += fmt::format("witnesses_min = {}\n", rule.witnesses_min);
  out += list_of("rebuilders", rule.rebuilders, signer_text);
  return out + fmt::format("rebuilders_min = {}\n", rule.rebuilders_min);
}

std::string_view name_of(TrustMode mode) {
  switch (mode) {
    case TrustMode::Enforce: return "enforce";
    case TrustMode::Warn: return "warn";
    case TrustMode::Off: return "off";
  }
  return "";
}

// Each star is tried as short as it can be, and only the last one ever made longer: what an earlier
// one could take more, the last one can as well.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, after = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++after;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

Result<TrustPolicy> TrustPolicy::parse(std::string_view text, std::string_view file) {
  const codec::Toml toml =
      file.empty() ? TRY(codec::parse_toml(text)) : TRY(codec::parse_toml(text), file);
  const Table top{toml.root, toml, {}, file};
  TRY(check_members(top, {"rules"}));
  TrustPolicy out;
  const Json* rules = top.find("rules");
  if (rules == nullptr) return out;
  if (!rules->is_array()) return top.refuse("rules", "rules: a list of tables was expected");
  if (rules->size() > limits::kTrustPolicyRulesMax)
    return std::unexpected(top.at(Error{Code::Exhausted,
                                        fmt::format("a policy of {} rules, at most {}",
                                                    rules->size(), limits::kTrustPolicyRulesMax),
                                        {}},
                                  "rules"));
  for (const Json& one : *rules) {
    const Table rule{one, toml, fmt::format("/rules/{}", out.rules.size()), file};
    if (!one.is_object()) return top.refuse("rules", "rules: a list of tables was expected");
    out.rules.push_back(TRY(parse_rule(rule)));
  }
  return out;
}

Result<TrustPolicy> TrustPolicy::load(const os::FileSystem& files, const os::Path& path) {
  const auto text = os::read_file(files, path, limits::kTomlBytesMax);
  if (!text && text.error().code == Code::NotFound) return TrustPolicy();
  if (!text) return std::unexpected(text.error());
  return parse(*text, path.string());
}

const PolicyRule* TrustPolicy::rule_for(const std::vector<std::string>& spellings) const {
  const auto fits = [&](const std::string& pattern) {
    return std::ranges::any_of(spellings, [&](const auto& name) { return matches(pattern, name); });
  };
  const auto rule = std::ranges::find_if(
      rules, [&](const PolicyRule& one) { return std::ranges::any_of(one.names, fits); });
  return rule == rules.end() ? nullptr : &*rule;
}

}  // namespace tegula::config

#include "codec/toml.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

// Nothing may throw, and the parser must not recurse deeper than we allow.
#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/impl/forward_declarations.h>

// toml++ 3.3 asserts what malformed text can make false, and reports the same a few lines further
// on; its tables of characters call unreachable what "a = é" reaches. A typing error must neither
// abort nor be undefined: assertions are left out, and those tables say no.
#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_ASSERT_ASSUME(expression) static_assert(true)
#pragma push_macro("TOML_UNREACHABLE")
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return false
#include <toml++/impl/unicode.h>
#pragma pop_macro("TOML_UNREACHABLE")
#include <toml++/toml.h>

#include "base/utf8.h"
#include "codec/excerpt.h"

static_assert(TOML_MAX_NESTED_VALUES == tegula::limits::kTomlDepthMax);

namespace tegula::codec {
namespace {

TomlPlace position_of(const toml::source_position& position) {
  return {position.line, position.column};
}

std::string prefix(const TomlPlace& place) {
  return fmt::format("line {}, column {}: ", place.line, place.column);
}

// A dotted key opens a table at each dot, and toml++ has no limit there: a line of dots would build
// a tree too deep to destroy. Keys cannot span lines, so counting dots is enough.
Result<void> check_dots(std::string_view text) {
  std::size_t dots = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') dots = 0;
    if (text[at] == '.' && ++dots > limits::kTomlLineDotsMax)
      return fail(Code::Exhausted, fmt::format("{}: more than {} dots on one line",
                                               place_of(text, at), limits::kTomlLineDotsMax));
  }
  return {};
}

// RFC 6901: "~" and "/" of a name are written "~0" and "~1".
std::string pointer_step(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out.push_back(c);
  }
  return out;
}

class Converter {
 public:
  explicit Converter(Toml& out) : out_(out) {}

  Result<Json> convert(const toml::node& node, const std::string& pointer, std::size_t depth) {
    out_.places[pointer] = position_of(node.source().begin);
    switch (node.type()) {
      case toml::node_type::table: return table(*node.as_table(), pointer, depth + 1);
      case toml::node_type::array: return array(*node.as_array(), pointer, depth + 1);
      case toml::node_type::string: return Json(node.as_string()->get());
      case toml::node_type::integer: return Json(node.as_integer()->get());
      case toml::node_type::boolean: return Json(node.as_boolean()->get());
      case toml::node_type::floating_point: return number(node);
      case toml::node_type::date:
      case toml::node_type::time:
      case toml::node_type::date_time:
        return refuse(node, "dates and times are not used here", "put it in quotes");
      case toml::node_type::none: break;
    }
    return refuse(node, "a value of no known type", "");
  }

 private:
  static std::unexpected<Error> refuse(const toml::node& node, std::string_view why,
                                       std::string hint) {
    return fail(Code::InvalidArgument, prefix(position_of(node.source().begin)) + std::string(why),
                std::move(hint));
  }

  static Result<void> check_depth(const toml::node& node, std::size_t depth) {
    if (depth <= limits::kTomlDepthMax + 1) return {};  // the document itself is a table
    return fail(Code::Exhausted,
                fmt::format("{}nested deeper than {} levels",
                            prefix(position_of(node.source().begin)), limits::kTomlDepthMax));
  }

  static Result<Json> number(const toml::node& node) {
    const double value = node.as_floating_point()->get();
    if (!std::isfinite(value)) return refuse(node, "expected a finite number", "");
    return Json(value);
  }

  Result<Json> table(const toml::table& table, const std::string& pointer, std::size_t depth) {
    TRY(check_depth(table, depth));
    Json object = Json::object();
    for (const auto& [key, value] : table) {
      const std::string below = pointer + pointer_step(key.str());
      object[std::string(key.str())] = TRY(convert(value, below, depth));
      out_.places[below] = position_of(key.source().begin);
    }
    return object;
  }

  Result<Json> array(const toml::array& array, const std::string& pointer, std::size_t depth) {
    TRY(check_depth(array, depth));
    Json items = Json::array();
    for (const toml::node& item : array)
      items.push_back(TRY(convert(item, fmt::format("{}/{}", pointer, items.size()), depth)));
    return items;
  }

  Toml& out_;
};

}  // namespace

Result<Toml> parse_toml(std::string_view text) {
  if (text.size() > limits::kTomlBytesMax)
    return fail(Code::Exhausted, fmt::format("TOML of {} bytes; at most {} are allowed",
                                             text.size(), limits::kTomlBytesMax));
  if (!is_utf8(text)) return fail(Code::InvalidArgument, "TOML must be UTF-8");
  TRY(check_dots(text));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(Code::InvalidArgument,
                prefix(position_of(error.source().begin)) + excerpt(error.description()));
  }
  Toml out;
  out.root = TRY(Converter(out).convert(parsed.table(), "", 0));
  return out;
}

}  // namespace tegula::codec

#include "codec/json.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "codec/excerpt.h"

namespace tegula::codec {
namespace {

// Walks the text and tells, through `taken`, how far the parser has read.
class CountingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator() = default;
  CountingIterator(const char* at, std::size_t* taken) : at_(at), taken_(taken) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*taken_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_ = nullptr;
  std::size_t* taken_ = nullptr;
};

// Where the string that ends before `end` starts: the quote before it that is not escaped.
std::size_t string_start(std::string_view text, std::size_t end) {
  std::size_t at = end < 2 ? 0 : end - 2;  // the last byte inside
  for (; at > 0; --at) {
    if (text[at] != '"') continue;
    std::size_t slashes = 0;
    while (slashes < at && text[at - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return at;
  }
  return at;
}

// nlohmann says "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error
// while parsing value - invalid literal; last read: 'x'; expected …". The part that says why is
// for people; the bytes it read last may be megabytes, and the place says it as well.
std::string plain_reason(std::string_view what) {
  for (const std::string_view before : {"] ", " - "}) {
    const std::size_t at = what.find(before);
    if (at != what.npos) what.remove_prefix(at + before.size());
  }
  std::string reason = excerpt(what.substr(0, what.find("; last read: ")));
  const std::size_t expected = what.rfind("; expected ");
  if (expected != what.npos && expected >= reason.size()) reason += excerpt(what.substr(expected));
  return reason;
}

// Builds the value from the parser's events.
class Builder final : public Json::json_sax_t {
 public:
  Builder(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().emplace(name, nullptr);
    member_ = &member->second;
    if (is_new) return true;
    return refuse(Code::InvalidArgument, string_start(text_, taken),
                  fmt::format("the name \"{}\" is there twice", excerpt(name)));
  }

  bool parse_error(std::size_t position, const std::string&,
                   const Json::exception& error) override {
    return refuse(Code::InvalidArgument, position == 0 ? 0 : position - 1,
                  plain_reason(error.what()));
  }

  Json take() { return std::move(root_); }
  Error take_error() { return std::move(error_); }

  std::size_t taken = 0;  // bytes the parser has read

 private:
  Json* place_value(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(*member_ = std::move(value));
    return &parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
  }

  bool add(Json value) {
    place_value(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth_max)
      return refuse(Code::Exhausted, taken - 1,
                    fmt::format("nested deeper than {} levels", limits_.depth_max));
    open_.push_back(place_value(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool refuse(Code code, std::size_t offset, std::string_view reason) {
    error_ = {code, fmt::format("{}: {}", place_of(text_, offset), reason), {}};
    return false;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;  // containers not closed yet; a container never moves while open
  Json* member_ = nullptr;   // waits for its value
  Error error_;
};

std::unexpected<Error> wrong_type(std::string_view name, std::string_view want, const Json& got) {
  return fail(Code::InvalidArgument,
              fmt::format("member \"{}\": expected {}, got {}", name, want, got.type_name()));
}

Result<const Json*> find_member(const Json& object, std::string_view name) {
  if (!object.is_object())
    return fail(
        Code::InvalidArgument,
        fmt::format("expected an object with the member \"{}\", got {}", name, object.type_name()));
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

Result<const Json*> need_member(const Json& object, std::string_view name) {
  const Json* member = TRY(find_member(object, name));
  if (member == nullptr)
    return fail(Code::InvalidArgument, fmt::format("member \"{}\" is missing", name));
  return member;
}

Result<std::string> as_string(std::string_view name, const Json& member) {
  if (!member.is_string()) return wrong_type(name, "a string", member);
  return member.get_ref<const std::string&>();
}

Result<std::uint64_t> as_uint(std::string_view name, const Json& member) {
  if (member.is_number_unsigned()) return member.get<std::uint64_t>();
  // Values made by our own code may hold a signed type.
  if (member.is_number_integer() && member.get<std::int64_t>() >= 0)
    return static_cast<std::uint64_t>(member.get<std::int64_t>());
  if (member.is_number())
    return fail(Code::InvalidArgument,
                fmt::format("member \"{}\": expected a whole number of at least 0, got {}", name,
                            member.dump()));
  return wrong_type(name, "a whole number", member);
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max)
    return fail(Code::Exhausted, fmt::format("JSON of {} bytes; at most {} are allowed",
                                             text.size(), limits.bytes_max));
  if (text.starts_with("\xEF\xBB\xBF"))
    return fail(Code::InvalidArgument,
                "line 1, column 1: JSON may not start with a byte order mark",
                "save the file as UTF-8 without BOM");
  // nlohmann takes a zero byte for the end of the text and ignores what follows.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    return fail(Code::InvalidArgument, place_of(text, zero) + ": JSON may not hold a zero byte");
  Builder builder(text, limits);
  const CountingIterator first(text.data(), &builder.taken);
  const CountingIterator last(text.data() + text.size(), &builder.taken);
  if (!Json::sax_parse(first, last, &builder)) return std::unexpected(builder.take_error());
  return builder.take();
}

Result<std::string> string_member(const Json& object, std::string_view name) {
  return as_string(name, *TRY(need_member(object, name)));
}

Result<std::uint64_t> uint_member(const Json& object, std::string_view name) {
  return as_uint(name, *TRY(need_member(object, name)));
}

Result<const Json*> array_member(const Json& object, std::string_view name) {
  const Json* member = TRY(need_member(object, name));
  if (!member->is_array()) return wrong_type(name, "an array", *member);
  return member;
}

Result<const Json*> object_member(const Json& object, std::string_view name) {
  const Json* member = TRY(need_member(object, name));
  if (!member->is_object()) return wrong_type(name, "an object", *member);
  return member;
}

Result<std::optional<std::string>> optional_string_member(const Json& object,
                                                          std::string_view name) {
  const Json* member = TRY(find_member(object, name));
  if (member == nullptr) return std::nullopt;
  return TRY(as_string(name, *member));
}

Result<std::optional<std::uint64_t>> optional_uint_member(const Json& object,
                                                          std::string_view name) {
  const Json* member = TRY(find_member(object, name));
  if (member == nullptr) return std::nullopt;
  return TRY(as_uint(name, *member));
}

}  // namespace tegula::codec

// How a value is quoted: Ollama's rules, shared by both dialects and by the printer, and Tegula's
// raw form. docs/reference/modelfile.md, "Values".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tegula::modelfile {

// Takes the quotes off a trimmed value: """…""" or "…" around all of it, else nothing. nullopt: it
// begins with a quotation mark and isn't closed, so that the value goes on in the next line.
std::optional<std::string_view> unquote(std::string_view trimmed);

// A value read from the start of a text.
struct Value {
  std::string_view text;  // without quotes
  std::size_t size = 0;   // bytes up to the line end that closes it, or to the end of the text
};

// Reads a value: it ends at the first line end before which unquote() succeeds. nullopt: the text
// ends before the quotes do.
std::optional<Value> read_value(std::string_view text);

// Reads a raw value: n times '#', '"', anything, '"', n times '#'. nullopt: not closed. `size` ends
// after the last '#'.
std::optional<Value> read_raw_value(std::string_view text);

// `value` as a raw value, with as few '#' as will do.
std::string raw_form(std::string_view value);

}  // namespace tegula::modelfile

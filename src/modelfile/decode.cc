#include "modelfile/decode.h"

#include <fmt/core.h>

#include "base/utf8.h"
#include "modelfile/cursor.h"

namespace tegula::modelfile {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

enum class Encoding { Utf8, MarkedUtf8, Utf16Le, Utf16Be };

struct Marked {
  Encoding encoding;
  std::string_view rest;
};

Marked take_mark(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE")) return {Encoding::Utf16Le, bytes.substr(2)};
  if (bytes.starts_with("\xFE\xFF")) return {Encoding::Utf16Be, bytes.substr(2)};
  if (bytes.starts_with("\xEF\xBB\xBF")) return {Encoding::MarkedUtf8, bytes.substr(3)};
  return {Encoding::Utf8, bytes};
}

unsigned char byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

// Whether `second` may follow the lead byte (Unicode 15, table 3-7).
bool may_follow(unsigned char lead, unsigned char second) {
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

// The bytes of the maximal part of the broken sequence at the start (Unicode 15, section 3.9).
std::size_t broken_size(std::string_view bytes) {
  const unsigned char lead = byte_at(bytes, 0);
  const std::size_t want = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead <= 0xEF ? 3 : 1;
  std::size_t size = 1;
  while (size < want && size < bytes.size() &&
         (size == 1 ? may_follow(lead, byte_at(bytes, 1)) : (byte_at(bytes, size) & 0xC0) == 0x80))
    ++size;
  return size;
}

std::string repair_utf8(std::string_view bytes, Encoding encoding) {
  std::string text;
  while (!bytes.empty()) {
    const CodePoint point = utf8_next(bytes);
    utf8_append(text, point.value);
    const bool whole_part = !point.valid && encoding == Encoding::Utf8;
    bytes.remove_prefix(whole_part ? broken_size(bytes) : point.bytes);
  }
  return text;
}

struct Utf16Unit {
  char32_t value = kReplacement;
  std::size_t bytes = 1;
  bool valid = false;
};

bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }
bool is_low_surrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

char32_t unit_at(std::string_view bytes, std::size_t i, Encoding encoding) {
  const unsigned a = byte_at(bytes, i), b = byte_at(bytes, i + 1);
  return encoding == Encoding::Utf16Le ? b << 8 | a : a << 8 | b;
}

// Two low surrogates are one broken character of four bytes, as in golang.org/x/text.
Utf16Unit next_utf16(std::string_view bytes, Encoding encoding) {
  if (bytes.size() < 2) return {kReplacement, 1, false};
  const char32_t first = unit_at(bytes, 0, encoding);
  if (!is_surrogate(first)) return {first, 2, true};
  if (bytes.size() < 4) return {kReplacement, 2, false};
  const char32_t second = unit_at(bytes, 2, encoding);
  if (!is_low_surrogate(second)) return {kReplacement, 2, false};
  if (is_low_surrogate(first)) return {kReplacement, 4, false};
  return {0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), 4, true};
}

std::string repair_utf16(std::string_view bytes, Encoding encoding) {
  std::string text;
  while (!bytes.empty()) {
    const Utf16Unit unit = next_utf16(bytes, encoding);
    utf8_append(text, unit.value);
    bytes.remove_prefix(unit.bytes);
  }
  return text;
}

Diagnostic not_text(std::string rule, Place place, std::string text) {
  return {.rule = std::move(rule),
          .place = place,
          .text = std::move(text),
          .hint = "save the file as UTF-8; a model file (GGUF) is named by FROM"};
}

std::expected<std::string, Diagnostic> require_utf8(std::string_view bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const CodePoint point = utf8_next(rest);
    if (!point.valid)
      return std::unexpected(not_text("not-utf8", place_at(bytes, bytes.size() - rest.size()),
                                      fmt::format("byte 0x{:02x} is not UTF-8", byte_at(rest, 0))));
    rest.remove_prefix(point.bytes);
  }
  return std::string(bytes);
}

std::expected<std::string, Diagnostic> require_utf16(std::string_view bytes, Encoding encoding) {
  std::string text;
  while (!bytes.empty()) {
    const Utf16Unit unit = next_utf16(bytes, encoding);
    if (!unit.valid)
      return std::unexpected(not_text("not-utf16", place_at(text, text.size()),
                                      unit.bytes == 1 ? "half a UTF-16 unit at the end"
                                                      : "UTF-16 surrogate without its partner"));
    utf8_append(text, unit.value);
    bytes.remove_prefix(unit.bytes);
  }
  return text;
}

bool is_utf16(Encoding encoding) {
  return encoding == Encoding::Utf16Le || encoding == Encoding::Utf16Be;
}

}  // namespace

std::string decode_as_ollama(std::string_view bytes) {
  const auto [encoding, rest] = take_mark(bytes);
  return is_utf16(encoding) ? repair_utf16(rest, encoding) : repair_utf8(rest, encoding);
}

std::expected<std::string, Diagnostic> decode_strictly(std::string_view bytes) {
  const auto [encoding, rest] = take_mark(bytes);
  return is_utf16(encoding) ? require_utf16(rest, encoding) : require_utf8(rest);
}

}  // namespace tegula::modelfile

// The character classes of the Modelfile grammar, and what a terminal and a reader see.
#pragma once

#include <string>
#include <string_view>

namespace tegula::modelfile {

constexpr bool is_blank(char32_t c) { return c == ' ' || c == '\t'; }
constexpr bool is_newline(char32_t c) { return c == '\n' || c == '\r'; }
constexpr bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_char(char32_t c) { return is_letter(c) || is_digit(c) || c == '_'; }

// Without blanks and line ends at either side.
std::string_view trim(std::string_view text);

// The size of the line end at the start of `text`: 2 for CRLF, 1 for LF or CR, else 0.
std::size_t newline_size(std::string_view text);

// Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
bool is_go_printable(char32_t c);

// Reorders the text around it (Unicode's Bidi_Control property).
bool is_bidi_control(char32_t c);

// Takes no room on paper: controls but tab, CR and LF; format characters; line separators; tags.
bool is_invisible(char32_t c);

// Columns on a terminal: 0, 1 or 2.
int display_columns(char32_t c);

// "U+200B".
std::string code_point_name(char32_t c);

// Safe to show (base/printable.h), in quotation marks; a long text ends in "…".
std::string quoted(std::string_view text);

}  // namespace tegula::modelfile

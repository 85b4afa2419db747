#include "modelfile/go_template_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "base/utf8.h"
#include "modelfile/characters.h"

namespace tegula::modelfile::go {
namespace {

bool is_space(char c) { return is_blank(c) || is_newline(c); }
bool is_word_char(char c) { return is_name_char(static_cast<unsigned char>(c)); }

// The offset after a string that begins at `start`, or npos if it isn't closed.
std::size_t string_end(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The offset of the "}}" that ends the action whose content begins at `start`.
std::size_t action_end(std::string_view text, std::size_t start) {
  for (std::size_t i = start; i < text.size();) {
    if (text[i] == '"' || text[i] == '`') {
      i = string_end(text, i);
      if (i == std::string_view::npos) return i;
    } else if (text.substr(i).starts_with("}}")) {
      return i;
    } else {
      ++i;
    }
  }
  return std::string_view::npos;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Result<std::vector<Segment>> run() {
    while (offset_ < text_.size()) {
      const std::size_t open = std::min(text_.find("{{", offset_), text_.size());
      take_text(open);
      if (open < text_.size()) TRY(take_action());
    }
    return std::move(segments_);
  }

 private:
  void move_to(std::size_t offset) {
    line_ += static_cast<int>(std::ranges::count(text_.substr(offset_, offset - offset_), '\n'));
    offset_ = offset;
  }

  // Up to `end`, where an action or nothing follows.
  void take_text(std::size_t end) {
    std::string_view text = text_.substr(offset_, end - offset_);
    if (trims_next_) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const std::string_view after = text_.substr(std::min(end + 2, text_.size()));
    if (after.size() >= 2 && after[0] == '-' && is_space(after[1]))
      text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    if (!text.empty()) segments_.push_back({false, text, line_});
    move_to(end);
  }

  Result<void> take_action() {
    const int line = line_;
    std::size_t start = offset_ + 2;
    if (text_.size() > start + 1 && text_[start] == '-' && is_space(text_[start + 1])) ++start;
    const std::size_t ink = text_.find_first_not_of(" \t\r\n", start);
    const bool is_comment = ink != std::string_view::npos && text_.substr(ink).starts_with("/*");
    const std::size_t comment_end = is_comment ? text_.find("*/", ink + 2) : start;
    const std::size_t end =
        comment_end == std::string_view::npos ? comment_end : action_end(text_, comment_end);
    if (end == std::string_view::npos)
      return refuse(Code::InvalidArgument, line, "an action is never closed");
    std::string_view content = text_.substr(start, end - start);
    trims_next_ =
        content.size() >= 2 && content.ends_with('-') && is_space(content[content.size() - 2]);
    if (trims_next_) content.remove_suffix(1);
    if (!is_comment) segments_.push_back({true, content, line});
    move_to(end + 2);
    return {};
  }

  std::string_view text_;
  std::size_t offset_ = 0;
  int line_ = 1;
  bool trims_next_ = false;
  std::vector<Segment> segments_;
};

std::optional<char> simple_escape(char c) {
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '\\': return '\\';
    case '"': return '"';
    case '\'': return '\'';
  }
  return std::nullopt;
}

// \xhh, \uhhhh, \Uhhhhhhhh: how many digits.
std::size_t hex_digits(char c) { return c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0; }

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (const std::optional<char> c = simple_escape(text[i])) {
      out += *c;
      continue;
    }
    const std::string_view digits = text.substr(i + 1, hex_digits(text[i]));
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    // \x80 and above would be bytes, not characters.
    const bool is_char = value < 0xD800 || (value > 0xDFFF && value <= 0x10FFFF);
    if (digits.size() != hex_digits(text[i]) || digits.empty() || error != std::errc() ||
        end != digits.data() + digits.size() || !is_char || (text[i] == 'x' && value > 0x7F))
      return std::nullopt;
    utf8_append(out, value);
    i += digits.size();
  }
  return out;
}

class Tokenizer {
 public:
  explicit Tokenizer(const Segment& action) : text_(action.text), line_(action.line) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    do tokens.push_back(TRY(next()));
    while (tokens.back().kind != Token::Kind::End);
    return tokens;
  }

 private:
  Result<Token> next() {
    const std::size_t before = offset_;
    while (offset_ < text_.size() && is_space(text_[offset_])) ++offset_;
    Token token;
    token.space_before = offset_ > before;
    if (offset_ < text_.size()) TRY(fill(token));
    return token;
  }

  Result<void> fill(Token& token) {
    const char c = text_[offset_];
    if (c == '"' || c == '`') return fill_string(token);
    const char after = offset_ + 1 < text_.size() ? text_[offset_ + 1] : ' ';
    if (is_digit(c) || ((c == '-' || c == '+') && is_digit(after))) {
      fill_number(token);
    } else if (c == '.' || c == '$') {
      ++offset_;
      token.text = take_word();
      token.kind = c == '$'             ? Token::Kind::Variable
                   : token.text.empty() ? Token::Kind::Dot
                                        : Token::Kind::Field;
    } else if (is_word_char(c)) {
      token.kind = Token::Kind::Word;
      token.text = take_word();
    } else {
      return fill_symbol(token);
    }
    return {};
  }

  std::string take_word() {
    const std::size_t start = offset_;
    while (offset_ < text_.size() && is_word_char(text_[offset_])) ++offset_;
    return std::string(text_.substr(start, offset_ - start));
  }

  void fill_number(Token& token) {
    const std::size_t start = offset_++;
    while (offset_ < text_.size() && (is_word_char(text_[offset_]) || text_[offset_] == '.'))
      ++offset_;
    token.kind = Token::Kind::Number;
    token.text = text_.substr(start, offset_ - start);
  }

  Result<void> fill_string(Token& token) {
    const std::size_t end = string_end(text_, offset_);
    if (end == std::string_view::npos)
      return refuse(Code::InvalidArgument, line_, "a string is never closed");
    const std::string_view inner = text_.substr(offset_ + 1, end - offset_ - 2);
    const std::optional<std::string> text =
        text_[offset_] == '`' ? std::string(inner) : unescape(inner);
    if (!text)
      return refuse(Code::Unsupported, line_, "can't use the escape in string " + quoted(inner));
    token.kind = Token::Kind::String;
    token.text = *text;
    offset_ = end;
    return {};
  }

  Result<void> fill_symbol(Token& token) {
    for (const std::string_view symbol : {":=", "=", "|", "(", ")", ","}) {
      if (!text_.substr(offset_).starts_with(symbol)) continue;
      token.kind = Token::Kind::Symbol;
      token.text = symbol;
      offset_ += symbol.size();
      return {};
    }
    return refuse(Code::InvalidArgument, line_,
                  "unexpected " + quoted(text_.substr(offset_, 1)) + " in an action");
  }

  std::string_view text_;
  int line_;
  std::size_t offset_ = 0;
};

}  // namespace

Result<std::vector<Segment>> split_template(std::string_view text) { return Splitter(text).run(); }

Result<std::vector<Token>> tokens_of(const Segment& action) { return Tokenizer(action).run(); }

std::unexpected<Error> refuse(Code code, int line, std::string_view text) {
  return fail(code, fmt::format("template line {}: {}", line, text),
              code == Code::Unsupported ? "write this TEMPLATE in Jinja" : "");
}

}  // namespace tegula::modelfile::go

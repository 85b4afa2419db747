// Walks over UTF-8 text and knows its place in it. CRLF, CR and LF each end one line.
#pragma once

#include <cstddef>
#include <string_view>

#include "modelfile/command.h"

namespace tegula::modelfile {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return offset_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[offset_]; }
  std::string_view rest() const { return text_.substr(offset_); }
  std::size_t offset() const { return offset_; }
  Place place() const { return place_; }

  void advance(std::size_t bytes) {
    for (const std::size_t end = offset_ + bytes; offset_ < end; ++offset_) step(text_[offset_]);
  }

  // Moves over the characters for which `belongs` is true and returns them.
  template <class Predicate>
  std::string_view take_while(Predicate belongs) {
    const std::size_t start = offset_;
    while (!done() && belongs(static_cast<unsigned char>(peek()))) advance(1);
    return text_.substr(start, offset_ - start);
  }

 private:
  void step(char c) {
    const bool ends_line = c == '\n' || (c == '\r' && !text_.substr(offset_ + 1).starts_with('\n'));
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (ends_line)
      place_ = {place_.line + 1, 1};
    else if (!continues)
      ++place_.column;
  }

  std::string_view text_;
  std::size_t offset_ = 0;
  Place place_{1, 1};
};

inline Place place_at(std::string_view text, std::size_t offset) {
  Cursor cursor(text);
  cursor.advance(offset);
  return cursor.place();
}

}  // namespace tegula::modelfile

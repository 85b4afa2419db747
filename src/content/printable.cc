#include "content/printable.h"

#include "base/utf8.h"

namespace tegula::content {

std::string printable(std::string_view text, std::size_t chars_max) {
  std::string out;
  for (std::size_t chars = 0; !text.empty(); ++chars) {
    if (chars == chars_max) return out + "…";
    const CodePoint point = utf8_next(text);
    text.remove_prefix(point.bytes);
    const bool is_control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
    utf8_append(out, point.valid && !is_control ? point.value : U'?');
  }
  return out;
}

}  // namespace tegula::content

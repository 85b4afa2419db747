#include "tensor/name_check.h"

#include "base/utf8.h"

namespace tegula::tensor {
namespace {

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
      return true;
  }
  return false;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty()) return fail(Code::Corrupt, "the name is empty");
  if (!is_utf8(name)) return fail(Code::Corrupt, "the name is not UTF-8");
  if (has_control(name)) return fail(Code::Corrupt, "the name holds a control character");
  return {};
}

}  // namespace tegula::tensor

// Signed notes and vkeys: what parses prints as it was, and no key here signed it.
#include "base/check.h"
#include "tlog/note.h"

using namespace tegula::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto key = NoteKey::parse(text)) CHECK(key->str() == text);
  if (const auto line = parse_signature(text)) CHECK(encode(*line) == std::string(text) + "\n");
  const auto note = parse_note(text);
  if (!note) return 0;
  CHECK(encode(*note) == text);
  CHECK(!verify_note(*note, {}));
  return 0;
}

// Checkpoints, alone and as the text of a note: what parses prints as it was.
#include "base/check.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

using namespace tegula::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto checkpoint = parse_checkpoint(text)) CHECK(encode(*checkpoint) == text);
  if (const auto note = parse_note(text))
    if (const auto checkpoint = parse_checkpoint(note->text))
      CHECK(encode(*checkpoint) == note->text);
  return 0;
}

// What an engine may say: a control message (then it prints and reads back the same) or an event.
#include "base/bytes.h"
#include "base/check.h"
#include "infer/answer_reader.h"
#include "infer/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tegula;
  const std::string_view text = text_of({data, size});
  if (const Result<infer::Message> message = infer::parse_message(text)) {
    const std::string line = infer::encode(*message).value();
    CHECK(infer::encode(infer::parse_message(line).value()).value() == line);
  }
  std::size_t bytes = 0;
  const infer::PieceSink sink = [&](const infer::Piece& piece) -> Result<void> {
    bytes += piece.text.size();
    return {};
  };
  infer::AnswerReader reader(sink, [] { return 1.0; });
  if (reader.take(text)) CHECK(reader.finish().text.size() <= bytes);
  (void)infer::parse_error_reply(400, text);
  return 0;
}

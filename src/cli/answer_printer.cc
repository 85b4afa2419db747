#include "cli/answer_printer.h"

namespace tegula::cli {

AnswerPrinter::AnswerPrinter(Console& console, bool thinking)
    : console_(console), thinking_(thinking), dots_(console.out_redraws()) {
  if (!dots_) return;
  console_.print(console_.dim("..."));
  static_cast<void>(console_.flush());  // the first piece says it if stdout is gone
}

Result<void> AnswerPrinter::take(const infer::Piece& piece) {
  if (piece.text.empty() || (piece.thinking && !thinking_)) return {};
  begin(piece.thinking ? Last::Thinking : Last::Text);
  const std::string text = console_.shown(piece.text);
  console_.print(piece.thinking ? console_.dim(text) : text);
  line_open_ = !text.ends_with('\n');
  return console_.flush();
}

Result<void> AnswerPrinter::end() {
  wipe_dots();
  if (line_open_) console_.print("\n");
  line_open_ = false;
  return console_.flush();
}

void AnswerPrinter::wipe_dots() {
  if (dots_) console_.print("\r\x1b[K");
  dots_ = false;
}

// Thinking is told apart by dimness, and where there is no colour by words.
void AnswerPrinter::begin(Last kind) {
  wipe_dots();
  if (kind == last_) return;
  if (kind == Last::Thinking && !console_.out_colour()) console_.print("(thinking)\n");
  if (kind == Last::Text && last_ == Last::Thinking)
    console_.print(console_.out_colour() ? "\n\n" : "\n(answer)\n");
  last_ = kind;
}

}  // namespace tegula::cli

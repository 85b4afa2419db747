// Shows an answer while it comes.
//
// Thread rule: one thread at a time; the console must outlive it.
#pragma once

#include "cli/console.h"
#include "infer/engine.h"

namespace tegula::cli {

class AnswerPrinter {
 public:
  // Without `thinking`, the model's reasoning is left out. Where lines can be redrawn, dots stand
  // in until the first piece.
  AnswerPrinter(Console& console, bool thinking);

  // Unavailable if stdout is gone.
  Result<void> take(const infer::Piece& piece);

  // Ends the line that has begun, if one has.
  Result<void> end();

 private:
  enum class Last { Nothing, Thinking, Text };

  void wipe_dots();
  void begin(Last kind);

  Console& console_;
  const bool thinking_;
  bool dots_ = false;
  bool line_open_ = false;
  Last last_ = Last::Nothing;
};

}  // namespace tegula::cli

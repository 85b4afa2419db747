// Lines typed by a person: with history and editing on a terminal, plainly otherwise.
//
// Thread rule: one thread at a time, and one editor of a terminal at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file_system.h"

namespace tegula::os {

struct LineEditorOptions {
  Path history_file = {};  // mode 0600, its folder is made; empty: nothing is kept
  int history_lines_max = 1000;
  bool editing = true;  // false: read lines plainly even on a terminal, such as a dumb one
  int input = 0;
  int output = 1;
};

class LineEditor {
 public:
  // Adds what was typed to the history file. That this fails is no error: the chat went well.
  virtual ~LineEditor() = default;

  // The next line without its end; nothing at the end of input. A text that was pasted is one line
  // however many it has. Cancelled on Ctrl-C, which gives up this line and nothing else. Exhausted
  // past kPromptBytesMax.
  virtual Result<std::optional<std::string>> read(std::string_view prompt) = 0;

  // Reads the history. Loads the editing library, so only those who edit pay for it. Both
  // descriptors must outlive it.
  static Result<std::unique_ptr<LineEditor>> create(FileSystem& files,
                                                    const LineEditorOptions& options);
};

}  // namespace tegula::os

#include "os/line_editor.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "base/limits.h"
#include "os/edited_lines.h"
#include "os/terminal.h"

namespace tegula::os {
namespace {

// Whatever comes, line by line: pipes and files, and terminals without an editing library.
class PlainLines final : public LineEditor {
 public:
  explicit PlainLines(bool show_prompt) : show_prompt_(show_prompt) {}

  Result<std::optional<std::string>> read(std::string_view prompt) override {
    if (show_prompt_ && ::write(1, prompt.data(), prompt.size()) < 0)
      return fail(Code::Unavailable, "cannot write to the terminal");
    std::string line;
    char c = 0;
    while (true) {
      const ssize_t count = ::read(0, &c, 1);
      if (count < 0 && errno == EINTR) return fail(Code::Cancelled, "stopped");
      if (count < 0) return fail(Code::Unavailable, std::strerror(errno));
      if (count == 0 && line.empty()) return std::optional<std::string>();
      if (count == 0 || c == '\n') return std::optional(std::move(line));
      if (line.size() >= limits::kPromptBytesMax)
        return fail(Code::Exhausted, "a line is too long");
      line += c;
    }
  }

 private:
  const bool show_prompt_;
};

}  // namespace

Result<std::unique_ptr<LineEditor>> LineEditor::create(FileSystem& files,
                                                       const LineEditorOptions& options) {
  const bool terminal = is_terminal(0) && is_terminal(1);
  if (terminal) {
    Result<std::unique_ptr<LineEditor>> edited = edited_lines(files, options);
    if (edited || edited.error().code != Code::Unsupported) return edited;
  }
  return std::make_unique<PlainLines>(terminal);
}

}  // namespace tegula::os

#include "os/line_editor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>

#include "base/limits.h"
#include "os/descriptor.h"
#include "os/edited_lines.h"
#include "os/errno.h"
#include "os/terminal.h"

namespace tegula::os {
namespace {

// Whatever comes, line by line: pipes and files, and terminals without an editing library.
class PlainLines final : public LineEditor {
 public:
  PlainLines(int input, int output, bool show_prompt)
      : input_(input), output_(output), show_prompt_(show_prompt) {}

  Result<std::optional<std::string>> read(std::string_view prompt) override {
    if (show_prompt_) TRY(write_whole(output_, prompt));
    std::string line;
    while (true) {
      const std::string_view rest = std::string_view(buffer_.data(), filled_).substr(taken_);
      const std::size_t end = rest.find('\n');
      line += rest.substr(0, end);
      taken_ += std::min(rest.size(), end == rest.npos ? rest.size() : end + 1);
      if (line.size() > limits::kPromptBytesMax)
        return fail(Code::Exhausted,
                    fmt::format("a line has more than {} bytes", limits::kPromptBytesMax));
      if (end != rest.npos) return std::optional(std::move(line));
      if (!TRY(fill())) break;
    }
    if (line.empty()) return std::optional<std::string>();
    return std::optional(std::move(line));
  }

 private:
  // False at the end of input.
  Result<bool> fill() {
    const ssize_t count = ::read(input_, buffer_.data(), buffer_.size());
    if (count < 0 && errno == EINTR) return fail(Code::Cancelled, "stopped");
    if (count < 0) return fail(code_of_errno(errno), "cannot read a line: " + errno_text(errno));
    filled_ = static_cast<std::size_t>(count);
    taken_ = 0;
    return count > 0;
  }

  const int input_;
  const int output_;
  const bool show_prompt_;
  std::array<char, 16 * 1024> buffer_;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace

Result<std::unique_ptr<LineEditor>> LineEditor::create(FileSystem& files,
                                                       const LineEditorOptions& options) {
  const bool terminal = is_terminal(options.input) && is_terminal(options.output);
  if (terminal && options.editing) {
    Result<std::unique_ptr<LineEditor>> edited = edited_lines(files, options);
    if (edited || edited.error().code != Code::Unsupported) return edited;
  }
  return std::make_unique<PlainLines>(options.input, options.output, terminal);
}

}  // namespace tegula::os

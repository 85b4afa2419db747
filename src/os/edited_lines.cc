#include "os/edited_lines.h"

#include <histedit.h>
#include <utility>

namespace tegula::os {
namespace {

class EditedLines final : public LineEditor {
 public:
  EditedLines(FileSystem& files, LineEditorOptions options)
      : files_(files), options_(std::move(options)) {}

  ~EditedLines() override {
    save_history();
    if (history_ != nullptr) history_end(history_);
    if (editor_ != nullptr) el_end(editor_);
  }

  Result<void> open() {
    editor_ = el_init("tegula", stdin, stdout, stderr);
    history_ = history_init();
    if (editor_ == nullptr || history_ == nullptr)
      return fail(Code::Unsupported, "libedit cannot use this terminal");
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, &EditedLines::prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    // Ctrl-C comes as a character, so that it gives this line up and nothing else.
    el_set(editor_, EL_SETTY, "-d", "-isig", nullptr);
    el_set(editor_, EL_ADDFN, "tegula-cancel", "give this line up", &EditedLines::cancel);
    el_set(editor_, EL_BIND, "^C", "tegula-cancel", nullptr);
    HistEvent event;
    history(history_, &event, H_SETSIZE, options_.history_lines_max);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!options_.history_file.empty())
      history(history_, &event, H_LOAD, options_.history_file.c_str());
    el_set(editor_, EL_HIST, history, history_);
    return {};
  }

  Result<std::optional<std::string>> read(std::string_view prompt) override {
    prompt_ = prompt;
    cancelled_ = false;
    int count = 0;
    const char* line = el_gets(editor_, &count);
    if (cancelled_ || line == nullptr || count <= 0) {
      std::fputs(cancelled_ ? "^C\n" : "\n", stdout);
      if (cancelled_) return fail(Code::Cancelled, "stopped");
      return std::optional<std::string>();
    }
    std::string text(line, static_cast<std::size_t>(count));
    HistEvent event;
    if (text != "\n") history(history_, &event, H_ENTER, text.c_str());
    if (text.ends_with('\n')) text.pop_back();
    return std::optional(std::move(text));
  }

 private:
  static EditedLines& owner(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }

  static char* prompt(EditLine* editor) { return owner(editor).prompt_.data(); }

  static unsigned char cancel(EditLine* editor, int) {
    owner(editor).cancelled_ = true;
    return CC_EOF;
  }

  // A history that cannot be kept is no error: the chat went well.
  void save_history() {
    if (history_ == nullptr || options_.history_file.empty()) return;
    if (!make_folders(files_, options_.history_file.parent_path(), 0700)) return;
    HistEvent event;
    history(history_, &event, H_SAVE, options_.history_file.c_str());
    (void)files_.set_mode(options_.history_file, 0600);
  }

  FileSystem& files_;
  const LineEditorOptions options_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string prompt_;
  bool cancelled_ = false;
};

}  // namespace

Result<std::unique_ptr<LineEditor>> edited_lines(FileSystem& files,
                                                 const LineEditorOptions& options) {
  auto out = std::make_unique<EditedLines>(files, options);
  TRY(out->open());
  return std::unique_ptr<LineEditor>(std::move(out));
}

}  // namespace tegula::os

// libedit is loaded here and not linked: a program that reads no line must not pay for it at every
// start, and without the library lines are read plainly.
#include "os/edited_lines.h"

#include <array>
#include <clocale>
#include <cstdio>
#include <dlfcn.h>
#include <fcntl.h>
#include <histedit.h>
#include <langinfo.h>
#include <utility>

#include "base/limits.h"
#include "os/line_history.h"

namespace tegula::os {
namespace {

constexpr std::array kLibraryNames = {"libedit.so.2", "libedit.so.0", "libedit.3.dylib"};

struct Library {
  decltype(&::el_init) el_init = nullptr;
  decltype(&::el_end) el_end = nullptr;
  decltype(&::el_set) el_set = nullptr;
  decltype(&::el_get) el_get = nullptr;
  decltype(&::el_gets) el_gets = nullptr;
  decltype(&::el_getc) el_getc = nullptr;
  decltype(&::el_insertstr) el_insertstr = nullptr;
  decltype(&::el_resize) el_resize = nullptr;
  decltype(&::history_init) history_init = nullptr;
  decltype(&::history_end) history_end = nullptr;
  decltype(&::history) history = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

// Stays loaded: it registers things that outlive an editor.
Result<Library> load_library() {
  void* handle = nullptr;
  for (const char* name : kLibraryNames)
    if (handle == nullptr) handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(Code::Unsupported, "libedit is not installed");
  Library out;
  const bool complete =
      find(handle, "el_init", out.el_init) && find(handle, "el_end", out.el_end) &&
      find(handle, "el_set", out.el_set) && find(handle, "el_get", out.el_get) &&
      find(handle, "el_gets", out.el_gets) && find(handle, "el_getc", out.el_getc) &&
      find(handle, "el_insertstr", out.el_insertstr) && find(handle, "el_resize", out.el_resize) &&
      find(handle, "history_init", out.history_init) &&
      find(handle, "history_end", out.history_end) && find(handle, "history", out.history);
  if (!complete) return fail(Code::Unsupported, "libedit is not the one we know");
  return out;
}

const Result<Library>& library() {
  static const Result<Library> kLibrary = load_library();
  return kLibrary;
}

// libedit turns bytes into characters by the locale. Text is UTF-8 everywhere in Tegula, also where
// no locale is set.
void read_utf8() {
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Stream = std::unique_ptr<std::FILE, CloseFile>;

// Of its own descriptor, so that closing it leaves the caller's open.
Stream open_stream(int descriptor, const char* mode) {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  return Stream(own < 0 ? nullptr : ::fdopen(own, mode));
}

// Terminals mark what is pasted if they are asked to (xterm's bracketed paste mode).
constexpr std::string_view kMarkPastes = "\x1b[?2004h";
constexpr std::string_view kDoNotMarkPastes = "\x1b[?2004l";
constexpr const char* kPasteBegins = "\x1b[200~";
constexpr std::string_view kPasteEnds = "\x1b[201~";

// Terminals paste CR for a line end. The other control characters are left out.
std::string typable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\r') c = '\n';
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\t' || (byte >= 0x20 && byte != 0x7F)) out += c;
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

class EditedLines final : public LineEditor {
 public:
  EditedLines(const Library& library, FileSystem& files, const LineEditorOptions& options)
      : edit_(library),
        input_(open_stream(options.input, "r")),
        output_(open_stream(options.output, "w")),
        lines_(files, options.history_file, static_cast<std::size_t>(options.history_lines_max)),
        history_lines_max_(options.history_lines_max) {}

  ~EditedLines() override {
    static_cast<void>(lines_.save());
    if (editor_ != nullptr) edit_.el_end(editor_);
    if (history_ != nullptr) edit_.history_end(history_);
  }

  Result<void> open() {
    if (!input_ || !output_) return fail(Code::Unsupported, "cannot open the terminal");
    read_utf8();
    editor_ = edit_.el_init("tegula", input_.get(), output_.get(), output_.get());
    history_ = edit_.history_init();
    if (editor_ == nullptr || history_ == nullptr)
      return fail(Code::Unsupported, "libedit cannot use this terminal");
    edit_.el_set(editor_, EL_CLIENTDATA, this);
    edit_.el_set(editor_, EL_PROMPT, &EditedLines::prompt);
    edit_.el_set(editor_, EL_EDITOR, "emacs");
    // Ctrl-C comes as a character, so that it gives this line up and nothing else.
    edit_.el_set(editor_, EL_SETTY, "-d", "-isig", nullptr);
    edit_.el_set(editor_, EL_ADDFN, "tegula-cancel", "give this line up", &EditedLines::cancel);
    edit_.el_set(editor_, EL_BIND, "^C", "tegula-cancel", nullptr);
    edit_.el_set(editor_, EL_ADDFN, "tegula-paste", "take a pasted text", &EditedLines::paste);
    edit_.el_set(editor_, EL_BIND, kPasteBegins, "tegula-paste", nullptr);
    HistEvent event;
    edit_.history(history_, &event, H_SETSIZE, history_lines_max_);
    for (const std::string& line : lines_.lines())
      edit_.history(history_, &event, H_ENTER, line.c_str());
    edit_.el_set(editor_, EL_HIST, edit_.history, history_);
    return {};
  }

  Result<std::optional<std::string>> read(std::string_view prompt) override {
    prompt_ = prompt;
    cancelled_ = false;
    edit_.el_resize(editor_);  // the window may have changed while an answer was printed
    int count = 0;
    put(kMarkPastes);
    const char* got = edit_.el_gets(editor_, &count);
    put(kDoNotMarkPastes);
    if (cancelled_ || got == nullptr || count <= 0) {
      std::fputs(cancelled_ ? "^C\n" : "\n", output_.get());
      std::fflush(output_.get());
      if (cancelled_) return fail(Code::Cancelled, "stopped");
      return std::optional<std::string>();
    }
    std::string line(got, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) line.pop_back();
    if (line.size() > limits::kPromptBytesMax) return fail(Code::Exhausted, "the line is too long");
    HistEvent event;
    if (lines_.add(line)) edit_.history(history_, &event, H_ENTER, line.c_str());
    return std::optional(std::move(line));
  }

 private:
  static char* prompt(EditLine* editor) { return owner(editor).prompt_.data(); }

  static unsigned char cancel(EditLine* editor, int) {
    owner(editor).cancelled_ = true;
    return CC_EOF;
  }

  // What is pasted is text whatever it holds: its line ends don't send it, and no key in it acts.
  static unsigned char paste(EditLine* editor, int) {
    EditedLines& self = owner(editor);
    std::string text;
    char c = 0;
    while (!text.ends_with(kPasteEnds)) {
      if (self.edit_.el_getc(editor, &c) != 1) return CC_EOF;
      text += c;
      if (text.size() > limits::kPromptBytesMax) return CC_ERROR;
    }
    text.resize(text.size() - kPasteEnds.size());
    self.edit_.el_insertstr(editor, typable(text).c_str());
    return CC_REFRESH;
  }

  void put(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), output_.get());
    std::fflush(output_.get());
  }

  static EditedLines& owner(EditLine* editor) {
    void* data = nullptr;
    library()->el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }

  const Library& edit_;
  const Stream input_;
  const Stream output_;
  LineHistory lines_;
  const int history_lines_max_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string prompt_;
  bool cancelled_ = false;
};

}  // namespace

Result<std::unique_ptr<LineEditor>> edited_lines(FileSystem& files,
                                                 const LineEditorOptions& options) {
  if (!library()) return std::unexpected(library().error());
  auto out = std::make_unique<EditedLines>(*library(), files, options);
  TRY(out->open());
  return std::unique_ptr<LineEditor>(std::move(out));
}

}  // namespace tegula::os

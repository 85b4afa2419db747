// The LineEditor with editing and history, by libedit. Inside of this folder only.
#pragma once

#include <memory>

#include "os/line_editor.h"

namespace tegula::os {

// Unsupported where the library cannot use the terminal.
Result<std::unique_ptr<LineEditor>> edited_lines(FileSystem& files,
                                                 const LineEditorOptions& options);

}  // namespace tegula::os

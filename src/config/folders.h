// Where Tegula keeps things: in $TEGULA_HOME if that is set, else in the platform's usual folders
// (XDG Base Directory 0.8 on Linux). Nothing is made here.
//
// Thread rule: values.
#pragma once

#include "base/result.h"
#include "os/environment.h"
#include "os/file_system.h"

namespace tegula::config {

struct Folders {
  os::Path home;         // the user's
  os::Path config_file;  // config.toml
  os::Path data;         // the store is in it, unless store.folder says otherwise
  os::Path state;        // chat history, what was said once
  os::Path logs;
  os::Path run;  // sockets of running engines, mode 0700
};

// NotFound if neither TEGULA_HOME nor HOME is set.
Result<Folders> find_folders(const os::Environment& environment);

}  // namespace tegula::config

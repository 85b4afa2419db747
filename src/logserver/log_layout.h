// Where everything of a log lies in its folder (docs/reference/log-server.md). Pure: no I/O.
//
// public/ is the log as C2SP tlog-tiles has it and can be served by any web server. Everything else
// is the operator's.
//
// Thread rule: a value.
#pragma once

#include <utility>

#include "os/file_system.h"

namespace tegula::logserver {

class LogLayout {
 public:
  explicit LogLayout(os::Path root) : root_(std::move(root)) {}

  const os::Path& root() const { return root_; }
  os::Path config() const { return root_ / "config.json"; }
  os::Path key() const { return root_ / "key.pem"; }
  os::Path policy() const { return root_ / "policy"; }  // witnesses, and how many must have seen
  os::Path record() const { return root_ / "record"; }  // the last checkpoint that was signed
  os::Path lock() const { return root_ / "lock"; }      // held by the one process that may sign
  os::Path halted() const { return root_ / "halted"; }  // why it must not sign any more
  os::Path trusted_root() const { return root_ / "trusted_root.json"; }
  os::Path signing_config() const { return root_ / "signing_config.json"; }

  // Of the timestamp authority beside the log, if it has one.
  os::Path timestamp() const { return root_ / "timestamp"; }
  os::Path timestamp_key() const { return timestamp() / "key.pem"; }
  os::Path next_timestamp_key() const { return timestamp() / "next.pem"; }  // of a new one's chain
  os::Path timestamp_chain() const { return timestamp() / "chain.pem"; }

  // Unfinished files of the sequencer and the publisher, who work side by side.
  os::Path temporaries() const { return root_ / "tmp"; }
  os::Path sequencing() const { return temporaries() / "sequence"; }
  os::Path publishing() const { return temporaries() / "publish"; }

  os::Path published() const { return root_ / "public"; }
  os::Path checkpoint() const { return published() / "checkpoint"; }

 private:
  os::Path root_;
};

}  // namespace tegula::logserver

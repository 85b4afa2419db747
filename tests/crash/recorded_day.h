// The whole day of scenario.h, done once and recorded, with a mark after each step.
#pragma once

#include "careless_file_system.h"
#include "os/disk_model.h"
#include "os/operation.h"
#include "os/temporary_folder.h"
#include "scenario.h"

namespace tegula::crash {

class RecordedDay {
 public:
  // `disk` is what the recorder works on, `forgets` what the store's own syncs come to.
  explicit RecordedDay(const Care& disk = kQuick, const Care& store = {});

  // Where the day was, and where crashes are put: the store remembers the paths of files that stay
  // in place.
  os::Path home() const { return folder_ / "home"; }
  void put_into_home(const os::DiskModel& disk, const os::CrashMode& mode) const;

  const os::Record& record() const { return record_; }
  const std::vector<State>& states() const { return states_; }  // [i]: when i steps are done

  // The home as it was after `count` steps, without any crash.
  void restore(std::size_t count) const;

 private:
  os::TemporaryFolder folder_;
  os::Record record_;
  std::vector<State> states_;
  std::vector<os::DiskModel> disks_;  // [i]: when i steps are done
};

// The modes of materialise() that a crash test goes through: all plain ones, some by chance.
std::vector<os::CrashMode> crash_modes(std::size_t mixed);

// The digest of all that lies in a folder but the store's remembered checks, which name inodes: the
// same for two runs that did the same.
content::Digest digest_of_tree(const os::Path& folder);

}  // namespace tegula::crash

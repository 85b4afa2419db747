#include "recorded_day.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "content/temporary_store.h"
#include "os/recording_file_system.h"

namespace tegula::crash {

RecordedDay::RecordedDay(const Care& disk, const Care& store) {
  os::PosixFileSystem posix;
  CHECK(posix.make_folder(home(), 0755));
  CarelessFileSystem quick(posix, disk);
  os::RecordingFileSystem recording(quick, home());
  CarelessFileSystem fs(recording, store);
  states_.emplace_back();
  for (std::size_t number = 0; number < steps().size(); ++number) {
    const Result<void> done = do_step(number, fs, home());
    CHECK(done.has_value());
    recording.mark(std::string(steps()[number].name));
    states_.push_back(read_state(fs, home()).value());
  }
  record_ = recording.record();
  os::DiskModel model;
  disks_.push_back(model);
  for (const os::Operation& operation : record_) {
    model.apply(operation);
    if (operation.kind == os::Operation::Kind::Mark) disks_.push_back(model);
  }
}

void RecordedDay::put_into_home(const os::DiskModel& disk, const os::CrashMode& mode) const {
  std::filesystem::remove_all(home());
  CHECK(std::filesystem::create_directory(home()));
  CHECK(disk.write_to(home(), mode));
}

void RecordedDay::restore(std::size_t count) const {
  put_into_home(disks_.at(count),
                {.names = os::UnsyncedNames::Kept, .bytes = os::UnsyncedBytes::Kept});
}

std::vector<os::CrashMode> crash_modes(std::size_t mixed) {
  std::vector<os::CrashMode> out = os::plain_crash_modes();
  for (std::uint64_t seed = 0; seed < mixed; ++seed)
    out.push_back(
        {.names = os::UnsyncedNames::Mixed, .bytes = os::UnsyncedBytes::Mixed, .seed = seed});
  return out;
}

content::Digest digest_of_tree(const os::Path& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().parent_path().filename() == "verified") continue;
    const std::string bytes = entry.is_directory() ? "" : content::slurp(entry.path());
    lines.push_back(fmt::format("{} {:o} {}\n", entry.path().native(),
                                static_cast<unsigned>(entry.status().permissions()),
                                content::Digest::of(bytes_of(bytes)).str()));
  }
  std::ranges::sort(lines);
  return content::Digest::of(bytes_of(fmt::format("{}", fmt::join(lines, ""))));
}

}  // namespace tegula::crash

// What a day with the store may be: models come in by every way, get names and versions, are
// copied, rolled back, removed, collected, damaged and repaired. Each step is a program of its own
// that opens the store, works and ends; when it ends well, its work is acknowledged.
//
// The crash tests cut this day short in every place. All is deterministic: a step done again, or
// in another folder's copy, gives the same digests, names and times.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "content/tag_file.h"
#include "os/file_system.h"

namespace tegula::crash {

// What the store must hold.
struct State {
  std::map<std::string, content::TagHistory> names;  // "team/b:v1"
  std::set<content::Digest> unnamed;                 // manifests without a name
  std::set<content::Digest> damaged;                 // blobs that the test broke

  bool operator==(const State&) const = default;
};

struct Step {
  std::string_view name;

  // Whether a second run may say that there is nothing to do: what is removed cannot be again.
  bool may_be_gone = false;

  // Not the store's work but the world's, which the tests neither stop nor repeat.
  bool is_preparation = false;
};

inline constexpr std::string_view kPutWithoutName = "put without a name";

std::vector<Step> steps();  // the last one collects garbage

os::Path store_path(const os::Path& home);

// Does step `number` of steps() in the folder `home`. Another `attempt` draws other random names.
Result<void> do_step(std::size_t number, os::FileSystem& fs, const os::Path& home,
                     std::size_t attempt = 0);

// Of all files that models of the day are made of.
std::set<content::Digest> layers();

// One more program, which is no part of the day.
Result<void> name_manifest(std::string_view name, const content::Digest& manifest,
                           os::FileSystem& fs, const os::Path& home);

// What the store there holds now; empty if there is none. read_names is the cheap part of it.
Result<std::map<std::string, content::TagHistory>> read_names(os::FileSystem& fs,
                                                              const os::Path& home);
Result<State> read_state(os::FileSystem& fs, const os::Path& home);

// The clock of step `number`: far ahead of any file's times, so that files count as settled.
ManualClock clock_of(std::size_t number);

}  // namespace tegula::crash

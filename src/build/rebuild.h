// Builds a pack again from what its record says, where nothing is as it was: another folder, store,
// clock, user, locale and number of threads, and no network (docs/reference/rebuild.md).
//
// Two processes share the work. The first gathers the inputs in a folder of its own and compares
// what comes out; the second, shut in, builds. `RebuildOrder` is what the first tells the second.
//
// Errors: NotFound for a record or an input that is not here, Untrusted if the inputs are not those
// of the lock, those of the build. Thread rule: free functions over values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/context.h"
#include "build/lock.h"

namespace tegula::build {

struct RebuildOrder {
  std::string recipe;
  Lock lock;
  std::map<std::string, os::Path> places;  // where the recipe's files lie now
  std::map<std::string, os::Path> found;   // the same of models from a hub or registry
  std::size_t threads = 0;

  static Result<RebuildOrder> parse(std::string_view json);
  std::string encode() const;  // the inverse of parse
};

struct RebuildRequest {
  content::Digest pack;
  os::Path folder;      // empty; inputs go below it
  os::Path from;        // files that the store does not have are looked for here
  std::size_t threads;  // another number than the build's
};

// Gathers the inputs: files below the folder, packs in the other store.
Result<RebuildOrder> prepare_rebuild(const RebuildRequest& request, const content::Store& other,
                                     const BuildContext& context);

// In the second process, whose context has the other store. The lock has the outputs.
Result<Lock> rebuild(const RebuildOrder& order, const os::Path& folder, BuildContext context);

// One target, before and now.
struct RebuildOutput {
  std::string target;  // as the lock has it
  content::Digest expected;
  content::Digest got;
  std::string difference = {};  // empty: they are the same

  bool is_same() const { return expected == got; }
};

Result<std::vector<RebuildOutput>> compare_outputs(const Lock& before, const Lock& now,
                                                   const content::Store& other,
                                                   const BuildContext& context);

// Never of nothing.
bool is_same(const std::vector<RebuildOutput>& outputs);

// What was different about the second build.
struct RebuildSurroundings {
  bool has_network = true;
  std::string user = {};    // how it was another one, or why not
  std::string locale = {};  // "tr_TR.UTF-8"
  std::int64_t clock_offset_seconds = 0;
  std::size_t threads = 0;
};

// An in-toto statement about the packs: canonical JSON, unsigned.
Result<std::string> rebuild_verdict(const Lock& lock, const std::vector<RebuildOutput>& outputs,
                                    const RebuildSurroundings& surroundings,
                                    const BuilderInfo& builder);

}  // namespace tegula::build

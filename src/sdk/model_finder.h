// Models that are neither a file nor in the store, as a build takes them: those of other programs
// on this machine, and those that must be fetched.
//
// Thread rule: free functions.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "build/context.h"
#include "source/access.h"

namespace tegula::sdk {

struct FinderContext {
  source::User user;
  content::Store& store;
  Progress& progress;
  Stop stop;
  std::function<void(const std::string&)> warn;  // told what of a model is left out
};

// By the form of the name; nothing if it is none of theirs.
Result<std::optional<build::FoundModel>> find_model(const std::string& name,
                                                    const FinderContext& context);

// Fetches a model, whatever is in the store under its name.
Result<build::FoundModel> fetch_model(const std::string& name, source::Access& access,
                                      const FinderContext& context);

}  // namespace tegula::sdk

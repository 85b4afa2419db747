// A Modelpack of the store goes to a registry: blobs it doesn't have yet, the manifest as it is,
// the trees of its large blobs, so that whoever pulls can check each mebibyte as it arrives, and
// the referrers that say something about it; or the twin that Ollama takes it by. The trees are an
// artifact of their own that refers to the manifest (docs/reference/registry-client.md#trees).
//
// Bytes are verified before they are sent. Errors: those of the store and of the registry.
// Thread rule: blocks the caller.
#pragma once

#include <string>
#include <vector>

#include "content/store.h"
#include "source/oci_repository.h"

namespace tegula::source {

struct PushReport {
  std::size_t blobs = 0;
  std::size_t already_there = 0;  // or taken over from another repository there
  std::uint64_t bytes = 0;        // sent
  std::size_t referrers = 0;      // that say something about it
  std::string note;               // what did not work out but does not matter for the model
};

struct PushRequest {
  content::Digest manifest;
  std::string tag;
  std::string mount_from = {};  // a repository of the same registry that may have the blobs
};

// An index as it is (content/target_index.h), after the packs that it names.
Result<content::Digest> push_index(const std::string& json, const std::string& tag,
                                   OciRepository& to, const Stop& stop);

// The pack's twin for Ollama (ollama_twin.h), and of its blobs what isn't there.
struct PushedTwin {
  content::Digest digest;
  PushReport report;
};
Result<PushedTwin> push_twin(const PushRequest& request, content::Store& store, OciRepository& to,
                             Progress& progress, const Stop& stop);

Result<PushReport> push(const PushRequest& request, content::Store& store, OciRepository& to,
                        Progress& progress, const Stop& stop);

}  // namespace tegula::source

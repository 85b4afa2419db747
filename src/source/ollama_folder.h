// Models written as a folder that Ollama runs them from (OLLAMA_MODELS): manifests in Ollama's form
// by name, blobs by digest. What the disk can share is not written twice.
//
// Blobs are whole before the manifest that leads to them is there.
// Errors: Unsupported for a name that Ollama has no place for and for what has no twin; those of
// the store and of the file system. Thread rule: one writer of a folder at a time.
#pragma once

#include <string>
#include <vector>

#include "content/store.h"
#include "os/file_system.h"

namespace tegula::source {

struct OllamaExport {
  std::string name;        // as Ollama is asked for it: "helper:latest"
  content::Digest digest;  // of the manifest
  std::size_t blobs = 0;
  std::size_t already_there = 0;
  std::size_t linked = 0;   // hard links to files of the store, which nobody must write to
  std::uint64_t bytes = 0;  // of what was not there
  std::vector<std::string> left_out = {};
};

struct OllamaFolder {
  os::FileSystem& files;
  os::Path path;
};

// `pack` under `name`; a name without a host is one of Ollama's own registry.
Result<OllamaExport> export_ollama(const content::Digest& pack, const content::Reference& name,
                                   const content::Store& store, const OllamaFolder& folder,
                                   Progress& progress, const Stop& stop);

}  // namespace tegula::source

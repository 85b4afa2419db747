// A Modelpack's twin for Ollama: a second manifest, in Ollama's form, over the same GGUF blob
// (docs/reference/ollama-twin.md). It is a function of the pack, so that it is made when it is
// asked for and stored nowhere: the same pack gives the same bytes on every machine.
//
// What Ollama cannot say is refused where the model would answer otherwise without it, and named
// where it would not.
//
// Errors: Unsupported, those of the store. Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "content/store.h"

namespace tegula::source {

struct OllamaTwin {
  struct Part {
    std::string media_type;
    content::Descriptor blob;  // the pack's own, or of `bytes`
    std::string bytes = {};    // of a text that the pack doesn't have in this form
    bool is_of_pack = true;
  };
  Part config;
  std::vector<Part> layers;  // the model first
  std::string manifest;      // JSON
  std::vector<std::string> left_out = {};

  content::Digest digest() const { return content::Digest::of(bytes_of(manifest)); }
  std::vector<const Part*> parts() const;  // config, then the layers
};

Result<OllamaTwin> make_ollama_twin(const content::Digest& pack, const content::Store& store,
                                    Progress& progress, const Stop& stop);

}  // namespace tegula::source

// Mirrors: other places that may have the same bytes (docs/reference/pull.md#mirrors). They are
// tried first, in order, and the origin last. What a mirror sends counts only if its digest is the
// one that the origin, the reference or a lock said: a mirror says nothing itself.
//
// Errors: Untrusted for an address that is not encrypted. Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "content/blob_source.h"
#include "net/url.h"
#include "source/download.h"

namespace tegula::source {

// The address of a mirror; one elsewhere must be encrypted unless plain HTTP was asked for.
Result<net::Url> parse_mirror(const std::string& text, bool plain_http);

// "team/hub" of "https://mirror.example.org/team/hub/".
std::string_view trimmed_path(const net::Url& base);

// Where a mirror has what lies at `path` of the origin's, which starts with a slash.
std::string mirrored_path(const net::Url& base, std::string_view path);

// What is said of a mirror that failed.
std::string passed_over(std::string_view mirror, const Error& error);

// The mirrors of a host; none if the configuration has none.
std::vector<std::string> mirrors_of(const config::Mirrors& mirrors, std::string_view host);

class MirroredSource {
 public:
  using Note = std::function<void(const std::string&)>;

  // `origin` and what `note` refers to must outlive it.
  MirroredSource(content::BlobSource& origin, Note note)
      : origin_(origin), note_(std::move(note)) {}

  // `name` is for messages: its address.
  void add(std::unique_ptr<content::BlobSource> mirror, std::string name);

  struct Target {
    content::Store& store;
    content::Lease& lease;
    const DownloadOptions& options;
    Progress& progress;
    const Stop& stop;
  };

  // As download(), from the first place that has the blob as it should be. The error is the
  // origin's.
  Result<content::StoredBlob> download(const content::Descriptor& blob, std::string_view label,
                                       const Target& target);

 private:
  struct Mirror {
    std::unique_ptr<content::BlobSource> source;
    std::string name;
    bool is_out = false;  // not asked again
  };

  content::BlobSource& origin_;
  Note note_;
  std::vector<Mirror> mirrors_;
};

}  // namespace tegula::source

// A model hub in the shape of Hugging Face's (docs/reference/hub.md): which file of a repository,
// at which commit, with which SHA-256. A repository of safetensors is a model or a LoRA adapter as
// a whole; its small files, which the hub keeps no SHA-256 of, come along with the answer and get
// theirs here.
//
// Errors: NotFound, PermissionDenied with a hint, InvalidArgument for a choice that means none or
// several, Corrupt for metadata that makes no sense, and those of the transport.
// Thread rule: thread-safe if the transport is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "content/blob_source.h"
#include "net/transport.h"
#include "source/remote_model.h"

namespace tegula::source {

// hf.co/org/repo[:choice][@revision]
struct HubName {
  std::string repository;  // "org/repo"
  std::string choice;      // a file or a quantisation; empty: the only one
  std::string revision;    // a branch, tag or commit; empty: "main"

  bool operator==(const HubName&) const = default;

  static Result<HubName> parse(std::string_view text);  // with "hf.co/" or "huggingface.co/"
};

struct HubFile {
  std::string name;  // in the repository
  std::uint64_t size = 0;
  std::string sha256 = {};  // empty: the hub doesn't keep one

  bool operator==(const HubFile&) const = default;
};

struct HubRepository {
  std::string commit;
  std::vector<HubFile> files;
};

// The hub's answer to GET /api/models/<repository>/revision/<revision>?blobs=true.
Result<HubRepository> parse_hub_repository(std::string_view json);

struct HubOptions {
  net::Url endpoint;       // HF_ENDPOINT, else https://huggingface.co
  std::string token = {};  // HF_TOKEN; sent to the endpoint alone
};

class Hub final : public content::BlobSource {
 public:
  Hub(net::Transport& transport, HubOptions options)
      : transport_(transport), options_(std::move(options)) {}

  // Which file the name means, or which files. Afterwards open() finds them.
  Result<RemoteModel> find(const HubName& name, const Stop& stop);

  Result<std::unique_ptr<content::BlobReader>> open(const content::Descriptor& blob,
                                                    const Stop& stop) override;
  Result<std::optional<content::BlobTree>> tree(const content::Descriptor&, const Stop&) override {
    return std::optional<content::BlobTree>();
  }

  // The same files at a mirror of the hub, which is given no token. For what find() has found.
  std::unique_ptr<content::BlobSource> mirrored(const net::Url& base) const;

 private:
  struct Place {
    const HubName& name;
    const HubRepository& repository;
    const Stop& stop;
  };

  std::vector<net::Header> headers() const;
  Result<HubRepository> look_up(const HubName& name, const Stop& stop) const;
  Result<net::Url> address_of(const Place& place, const HubFile& file) const;
  Result<RemoteFile> known_file(const Place& place, const HubFile& file);
  Result<RemoteFile> small_file(const Place& place, const HubFile& file) const;
  Result<RemoteModel> folder(const Place& place, bool (*is_of_folder)(std::string_view));

  net::Transport& transport_;
  const HubOptions options_;
  std::map<content::Digest, net::Url> found_;
};

}  // namespace tegula::source

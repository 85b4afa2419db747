#include "source/ollama_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "content/file_copy.h"
#include "source/ollama_name.h"
#include "source/ollama_twin.h"

namespace tegula::source {
namespace {

using Part = OllamaTwin::Part;

// Ollama's names have one namespace.
Result<OllamaName> ollama_name(const content::Reference& name) {
  const std::string& path = name.path();
  const auto slashes = std::ranges::count(path, '/');
  if (slashes > 1)
    return fail(Code::Unsupported,
                fmt::format("Ollama has no place for the name \"{}\"", name.str()),
                "[HOST/][NAMESPACE/]MODEL; `tegula cp` gives another name");
  const std::size_t slash = path.find('/');
  OllamaName out;
  out.host = name.host().empty() ? kOllamaHost : std::string_view(name.host());
  out.space = slash == path.npos ? std::string(kOllamaNamespace) : path.substr(0, slash);
  out.model = slash == path.npos ? path : path.substr(slash + 1);
  out.tag = name.tag();
  return out;
}

class Writer {
 public:
  Writer(const content::Store& store, const OllamaFolder& folder, Progress& progress,
         const Stop& stop)
      : store_(store), fs_(folder.files), folder_(folder.path), progress_(progress), stop_(stop) {}

  Result<void> write(const OllamaTwin& twin, const OllamaName& name, OllamaExport& report) {
    const os::Path blobs = folder_ / "blobs";
    TRY(os::make_folders(fs_, blobs));
    for (const Part* part : twin.parts()) TRY(put(*part, blobs, report));
    TRY(fs_.sync_folder(blobs));
    const os::Path manifest = folder_ / "manifests" / name.path();
    TRY(os::make_folders(fs_, manifest.parent_path()));
    return os::write_durably(fs_, manifest, bytes_of(twin.manifest));
  }

 private:
  Result<void> put(const Part& part, const os::Path& blobs, OllamaExport& report) {
    const os::Path target = blobs / ("sha256-" + part.blob.digest.hex());
    ++report.blobs;
    const auto present = fs_.stat(target);
    if (present && present->size == part.blob.size) {
      ++report.already_there;
      return {};
    }
    report.bytes += part.blob.size;
    if (!part.is_of_pack) return os::write_durably(fs_, target, bytes_of(part.bytes));
    return share(part, target, report);
  }

  // Blocks shared, else a link to a file of the store, which is read-only, else a copy.
  Result<void> share(const Part& part, const os::Path& target, OllamaExport& report) {
    const content::VerifiedBlob blob = TRY(store_.open_verified(part.blob, progress_, stop_));
    const os::Path probe = target.native() + ".part";
    static_cast<void>(fs_.remove(probe));
    const bool can_share = fs_.reflink(blob.file(), probe, 0644).has_value();
    static_cast<void>(fs_.remove(probe));
    const os::Path path = TRY(store_.blob_path(part.blob));
    const bool is_own = path.native().starts_with((store_.path() / "blobs/").native());
    if (!can_share && is_own && fs_.link(path, target)) {
      ++report.linked;
      return {};
    }
    progress_.begin(fmt::format("writing {}", content::short_form(part.blob.digest)),
                    part.blob.size);
    TRY(content::copy_durably(fs_, blob.file(), target, progress_, stop_));
    progress_.end();
    return {};
  }

  const content::Store& store_;
  os::FileSystem& fs_;
  const os::Path& folder_;
  Progress& progress_;
  const Stop& stop_;
};

}  // namespace

Result<OllamaExport> export_ollama(const content::Digest& pack, const content::Reference& name,
                                   const content::Store& store, const OllamaFolder& folder,
                                   Progress& progress, const Stop& stop) {
  const OllamaName called = TRY(ollama_name(name));
  const OllamaTwin twin = TRY(make_ollama_twin(pack, store, progress, stop));
  OllamaExport report{.name = called.str(), .digest = twin.digest(), .left_out = twin.left_out};
  TRY(Writer(store, folder, progress, stop).write(twin, called, report));
  return report;
}

}  // namespace tegula::source

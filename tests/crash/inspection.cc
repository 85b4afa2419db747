#include "inspection.h"

#include <fmt/format.h>

#include "careless_file_system.h"
#include "content/layer.h"
#include "content/temporary_store.h"

namespace tegula::crash {
namespace {

namespace stdfs = std::filesystem;
using content::Digest;

std::vector<os::Path> all_below(const os::Path& folder) {
  std::vector<os::Path> out;
  for (const auto& entry : stdfs::recursive_directory_iterator(folder)) out.push_back(entry.path());
  return out;
}

bool is_below(const os::Path& path, const os::Path& folder) {
  return path.native().starts_with(folder.native() + "/");
}

class Inspection {
 public:
  Inspection(const os::Path& home, const State& before, const State& after)
      : home_(home), before_(before), after_(after), layout_(store_path(home)) {}

  std::vector<std::string> run() {
    auto store = content::Store::open(fs_, clock_, random_, store_path(home_));
    if (!store) {
      complain("the store does not open", store.error());
      return faults_;
    }
    look_at_names(*store);
    look_at_unnamed(*store);
    look_at_files();
    verify(*store, "before garbage collection");
    collect(*store);
    work_on(*store);
    return faults_;
  }

 private:
  void complain(std::string text) { faults_.push_back(std::move(text)); }
  void complain(std::string_view what, const Error& error) {
    complain(fmt::format("{}: {}", what, error.text));
  }
  bool may_be_damaged(const Digest& digest) const {
    return before_.damaged.contains(digest) || after_.damaged.contains(digest);
  }

  // All that was acknowledged, and what was in the making either wholly or not at all.
  void look_at_names(const content::Store& store) {
    auto now = read_names(fs_, home_);
    if (!now) return complain("names cannot be read", now.error());
    names_ = std::move(*now);
    if (names_ != before_.names && names_ != after_.names)
      complain(fmt::format("{} names are there; they are neither the old nor the new ones",
                           names_.size()));
    const auto listed = store.names();
    if (!listed) return complain("names cannot be listed", listed.error());
    if (listed->names.size() != names_.size() || !listed->problems.empty())
      complain("not every name is listed");
    for (const auto& [name, versions] : names_)
      for (const content::TagVersion& version : versions) read_model(store, name, version.digest);
  }

  void read_model(const content::Store& store, std::string_view name, const Digest& digest) {
    const auto manifest = store.read_manifest(digest);
    if (!manifest) return complain(name, manifest.error());
    named_.insert(digest);
    for (const content::Descriptor* blob : blobs_of(*manifest)) named_.insert(blob->digest);
  }

  void look_at_unnamed(const content::Store& store) {
    for (const Digest& digest : before_.unnamed)
      if (after_.unnamed.contains(digest) && !store.read_manifest(digest))
        complain("a manifest without a name is gone");
  }

  // Under a digest lie its bytes, and a blob has its tree; a readable file is some blob. All
  // without the store's help.
  void look_at_files() {
    std::map<os::Path, Digest> files;
    for (const os::Path& path : all_below(store_path(home_)))
      if (!os::is_temporary_name(path.filename().native()) && stdfs::is_regular_file(path))
        files.emplace(path, Digest::of(bytes_of(content::slurp(path))));
    for (const auto& [path, digest] : files) {
      if (is_below(path, layout_.blobs())) look_at_digest(path, digest, true);
      if (is_below(path, layout_.manifests())) look_at_digest(path, digest, false);
    }
    if (!before_.damaged.empty() || !after_.damaged.empty()) return;
    const std::set<Digest> known = layers();
    for (const auto& [path, digest] : files)
      if (is_below(path, layout_.models()) && !known.contains(digest))
        complain(fmt::format("{} is no layer of any model", path.native()));
  }

  void look_at_digest(const os::Path& path, const Digest& got, bool has_tree) {
    const auto want = Digest::from_hex(path.filename().native());
    if (!want) return complain(fmt::format("{} has no digest's name", path.native()));
    if (may_be_damaged(*want)) return;
    if (got != *want) complain(fmt::format("{} has other bytes", path.native()));
    if (has_tree && !stdfs::exists(layout_.tree(*want)))
      complain(fmt::format("{} has no tree", path.native()));
  }

  void verify(const content::Store& store, std::string_view when) {
    const auto report = store.verify(progress_, Stop());
    if (!report) return complain("verification fails", report.error());
    for (const content::Fault& fault : report->faults)
      if (!fault.digest || !may_be_damaged(*fault.digest))
        complain(fmt::format("verification {}: {}", when, fault.text));
  }

  // Garbage goes, all of it, and nothing else. Collection also brings the readable files up to
  // date.
  void collect(const content::Store& store) {
    const auto report = store.gc({.dry_run = false, .grace = std::chrono::seconds(0)});
    if (!report) return complain("garbage collection fails", report.error());
    const auto now = read_names(fs_, home_);
    if (!now || *now != names_) complain("garbage collection changed names");
    for (const os::Path& path : all_below(store_path(home_)))
      if (is_left_over(path)) complain(fmt::format("{} is left over", path.native()));
    for (const auto& [name, versions] : names_) look_at_twins(store, name, versions.back().digest);
  }

  bool is_left_over(const os::Path& path) const {
    for (const os::Path& folder :
         {layout_.uploads(), layout_.partials(), layout_.leases(), layout_.trash()})
      if (is_below(path, folder)) return true;
    for (const os::Path& folder :
         {layout_.blobs(), layout_.trees(), layout_.manifests(), layout_.external()}) {
      const auto digest = Digest::from_hex(path.stem().native());
      const bool is_named = digest && named_.contains(*digest);
      if (is_below(path, folder) && !is_named && !stdfs::is_directory(path)) return true;
    }
    return path.filename().native().find("tmp-") != std::string::npos;
  }

  void look_at_twins(const content::Store& store, const std::string& name, const Digest& digest) {
    const auto manifest = store.read_manifest(digest);
    if (!manifest) return complain(name, manifest.error());
    for (const content::Descriptor& layer : manifest->layers) {
      const os::Path twin = layout_.readable(content::named(name)) / content::file_path(layer);
      if (stdfs::exists(layout_.blob(layer.digest)) && !stdfs::exists(twin))
        complain(fmt::format("{} is missing", twin.native()));
    }
  }

  void work_on(const content::Store& store) {
    const auto built = content::build(store, "next", {{"model.gguf", "something new"}});
    if (!built) return complain("nothing more can be built", built.error());
    const auto resolved = store.resolve(content::named("next"));
    if (!resolved || *resolved != *built) complain("what was built is not there");
    verify(store, "after more work");
  }

  const os::Path home_;
  const State& before_;
  const State& after_;
  const content::Layout layout_;
  os::PosixFileSystem posix_;
  CarelessFileSystem fs_{posix_, kQuick};
  ManualClock clock_ = clock_of(steps().size());
  SystemRandom random_;
  NoProgress progress_;
  std::map<std::string, content::TagHistory> names_;
  std::set<Digest> named_;  // manifests and blobs that names lead to
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> inspect(const os::Path& home, const State& before, const State& after) {
  return Inspection(home, before, after).run();
}

}  // namespace tegula::crash

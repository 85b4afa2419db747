#include "scenario.h"

#include <array>

#include "content/layer.h"
#include "content/temporary_store.h"

namespace tegula::crash {
namespace {

using content::Digest;
using content::ImportOptions;
using content::Lease;
using content::Store;

constexpr content::GcOptions kGcAll{.dry_run = false, .grace = std::chrono::seconds(0)};

// One run of a program.
struct Day {
  Store store;
  os::FileSystem& fs;
  os::Path files;  // where the user keeps model files
  NoProgress progress = {};
};

// The model files, by name.
struct ModelFile {
  const char* name;
  std::uint32_t seed;
};
constexpr std::array kModelFiles = {ModelFile{"one", 1}, ModelFile{"two", 2}, ModelFile{"three", 3},
                                    ModelFile{"four", 4}};

constexpr const char* kBrief = "be brief";
constexpr const char* kKind = "be kind";
constexpr const char* kLong = "be long";
constexpr const char* kUnnamed = "never named";
constexpr const char* kPulled = "pulled";
constexpr std::uint32_t kPulledSeed = 5;

// Two blocks of the tree and a bit.
std::string weights(std::uint32_t seed) {
  return content::noise(2 * limits::kTreeBlockBytes + 9, seed);
}

Result<Digest> put_pack(Day& day, const content::StoredBlob& weight, const std::string& system,
                        Lease& lease) {
  content::ModelConfig config = content::sample_config();
  config.diff_ids = {weight.digest, Digest::of(bytes_of(system))};
  TRY(day.store.put_bytes(bytes_of(system), lease));
  const content::StoredBlob stored = TRY(day.store.put_bytes(bytes_of(TRY(encode(config))), lease));
  const content::Manifest manifest{
      .config = {.media_type = std::string(content::media_type::kModelConfig),
                 .digest = stored.digest,
                 .size = stored.size},
      .layers = {content::make_layer({.media_type = content::media_type::kWeight,
                                      .path = "model.gguf",
                                      .digest = weight.digest,
                                      .size = weight.size,
                                      .tree_root = weight.tree_root}),
                 content::layer_of("system.txt", system)}};
  return day.store.put_manifest(TRY(encode(manifest)), lease);
}

Result<Digest> put_model(Day& day, const std::string& file, const std::string& system, Lease& lease,
                         const ImportOptions& options) {
  const content::StoredBlob weight =
      TRY(day.store.import_file(day.files / file, lease, options, day.progress, Stop()));
  return put_pack(day, weight, system, lease);
}

Result<void> build(Day& day, const char* name, const std::string& file, const std::string& system,
                   const ImportOptions& options) {
  const auto lease = TRY(day.store.lease());
  const Digest model = TRY(put_model(day, file, system, *lease, options));
  TRY(day.store.tag(content::named(name), model, "built"));
  return {};
}

constexpr ImportOptions kByCopy{.allow_hard_link = false};
constexpr ImportOptions kByLink{};
constexpr ImportOptions kInPlace{.in_place = true};

// The files' names are safe, their bytes are not: a download that just ended.
Result<void> download(Day& day) {
  TRY(os::make_folders(day.fs, day.files));
  for (const ModelFile& model : kModelFiles) {
    const auto file = TRY(day.fs.create(day.files / model.name, 0644));
    TRY(file->append(bytes_of(weights(model.seed))));
  }
  return day.fs.sync_folder(day.files);
}

Result<void> open_only(Day&) { return {}; }
Result<void> build_by_copy(Day& day) { return build(day, "a", "one", kBrief, kByCopy); }
Result<void> build_by_link(Day& day) { return build(day, "team/b:v1", "two", kBrief, kByLink); }
Result<void> build_in_place(Day& day) { return build(day, "c", "three", kKind, kInPlace); }

// The weights are there already, the text is new.
Result<void> build_second_version(Day& day) { return build(day, "a", "one", kLong, kByCopy); }

Result<void> put_without_name(Day& day) {
  const auto lease = TRY(day.store.lease());
  TRY(put_model(day, "four", kUnnamed, *lease, kByLink));
  return {};
}

Result<void> copy(Day& day) {
  TRY(day.store.copy(content::named("a"), content::named("example.org/d:x")));
  return {};
}

Result<void> roll_back(Day& day) {
  const content::TagHistory versions = TRY(day.store.versions(content::named("a")));
  TRY(day.store.rollback(content::named("a"), versions.front().digest));
  return {};
}

Result<void> remove(Day& day) {
  TRY(day.store.remove(content::named("team/b:v1")));
  return {};
}

// The version that was rolled back; another name still has it.
Result<void> remove_version(Day& day) {
  const Digest other = TRY(day.store.resolve(content::named("example.org/d:x")));
  TRY(day.store.remove(content::named("a").with_digest(other)));
  return {};
}

Result<void> collect(Day& day) {
  TRY(day.store.gc(kGcAll));
  return {};
}

os::Path broken_blob(const Day& day) {
  return content::Layout(day.store.path()).blob(Digest::of(bytes_of(weights(1))));
}

// As a bad disk would, but so that the broken bytes are there for certain.
Result<void> damage(Day& day) {
  std::string bytes = weights(1);
  bytes[5] = static_cast<char>(bytes[5] ^ 1);
  const auto bad = TRY(day.fs.create(day.files / "bad", 0444));
  TRY(bad->append(bytes_of(bytes)));
  TRY(bad->sync());
  TRY(day.fs.rename(day.files / "bad", broken_blob(day)));
  TRY(day.fs.sync_folder(broken_blob(day).parent_path()));
  return day.fs.sync_folder(day.files);
}

Result<void> repair(Day& day) {
  const content::RepairReport report =
      TRY(day.store.repair({.from = {day.files / "one"}}, day.progress, Stop()));
  return report.is_whole() ? Result<void>() : fail(Code::Corrupt, "still broken");
}

// A model runs while its name is removed and garbage is collected.
Result<void> use(Day& day) {
  const Digest model = TRY(day.store.resolve(content::named("example.org/d:x")));
  const auto lease = TRY(day.store.lease());
  TRY(lease->protect(model));
  TRY(day.store.remove(content::named("example.org/d:x")));
  TRY(day.store.gc(kGcAll));
  const content::Manifest manifest = TRY(day.store.read_manifest(model));
  for (const content::Descriptor* blob : blobs_of(manifest))
    TRY(day.store.open_verified(*blob, day.progress, Stop()));
  return {};
}

// A model whose bytes come from elsewhere, piece by piece.
Result<void> pull(Day& day) {
  const auto lease = TRY(day.store.lease());
  const std::string bytes = weights(kPulledSeed);
  const content::Descriptor blob = content::layer_of("model.gguf", bytes);
  const auto partial =
      TRY(day.store.open_partial(blob, content::tree_of(bytes_of(bytes)), day.progress, Stop()));
  TRY(partial->put(0, bytes_of(bytes)));
  const content::StoredBlob weight = TRY(partial->finish(*lease));
  const Digest model = TRY(put_pack(day, weight, kPulled, *lease));
  TRY(day.store.tag(content::named("pulled"), model, "pulled"));
  return {};
}

struct Work {
  Step step;
  Result<void> (*run)(Day&);
};

constexpr std::array kDay = {
    Work{{.name = "open"}, open_only},
    Work{{.name = "download", .is_preparation = true}, download},
    Work{{.name = "build by copy"}, build_by_copy},
    Work{{.name = "build by link"}, build_by_link},
    Work{{.name = "build in place"}, build_in_place},
    Work{{.name = "build a second version"}, build_second_version},
    Work{{.name = "copy"}, copy},
    Work{{.name = kPutWithoutName}, put_without_name},
    Work{{.name = "roll back"}, roll_back},
    Work{{.name = "remove", .may_be_gone = true}, remove},
    Work{{.name = "collect"}, collect},
    Work{{.name = "build again"}, build_by_link},
    Work{{.name = "remove a version", .may_be_gone = true}, remove_version},
    Work{{.name = "damage", .is_preparation = true}, damage},
    Work{{.name = "repair"}, repair},
    Work{{.name = "use", .may_be_gone = true}, use},
    Work{{.name = "pull"}, pull},
    Work{{.name = "collect the rest"}, collect},
};

Result<std::set<Digest>> list_manifests(const content::StoreContext& store) {
  const std::vector<Digest> all = TRY(list_digests(store, store.layout.manifests()));
  return std::set<Digest>(all.begin(), all.end());
}

Result<std::set<Digest>> list_damaged(const content::StoreContext& store) {
  std::set<Digest> out;
  for (const Digest& digest : TRY(list_digests(store, store.layout.blobs()))) {
    const std::string bytes = TRY(os::read_file(store.fs, store.layout.blob(digest), limits::kMiB));
    if (Digest::of(bytes_of(bytes)) != digest) out.insert(digest);
  }
  return out;
}

}  // namespace

std::vector<Step> steps() {
  std::vector<Step> out;
  for (const Work& work : kDay) out.push_back(work.step);
  return out;
}

os::Path store_path(const os::Path& home) { return home / "state" / "store"; }

ManualClock clock_of(std::size_t number) {
  return ManualClock(WallTime(std::chrono::sys_days(std::chrono::year(2100) / 1 / 1)) +
                     std::chrono::minutes(number));
}

Result<void> do_step(std::size_t number, os::FileSystem& fs, const os::Path& home,
                     std::size_t attempt) {
  const ManualClock clock = clock_of(number);
  SeededRandom random(number + attempt * kDay.size());
  Store store = TRY(Store::open(fs, clock, random, store_path(home)));
  Day day{.store = std::move(store), .fs = fs, .files = home / "files"};
  return kDay.at(number).run(day);
}

std::set<Digest> layers() {
  std::set<Digest> out;
  for (const ModelFile& model : kModelFiles) out.insert(Digest::of(bytes_of(weights(model.seed))));
  out.insert(Digest::of(bytes_of(weights(kPulledSeed))));
  for (const std::string_view text : {kBrief, kKind, kLong, kUnnamed, kPulled})
    out.insert(Digest::of(bytes_of(text)));
  return out;
}

Result<void> name_manifest(std::string_view name, const content::Digest& manifest,
                           os::FileSystem& fs, const os::Path& home) {
  const ManualClock clock = clock_of(kDay.size());
  SystemRandom random;
  const Store store = TRY(Store::open(fs, clock, random, store_path(home)));
  TRY(store.tag(content::named(name), manifest, "tagged"));
  return {};
}

Result<std::map<std::string, content::TagHistory>> read_names(os::FileSystem& fs,
                                                              const os::Path& home) {
  std::map<std::string, content::TagHistory> out;
  const ManualClock clock;
  SeededRandom random(0);
  const content::StoreContext context{fs, clock, random, content::Layout(store_path(home))};
  for (const content::Reference& name : TRY(list_tag_files(context)))
    out.emplace(name.str(), TRY(read_tag_file(context, name)));
  return out;
}

Result<State> read_state(os::FileSystem& fs, const os::Path& home) {
  const ManualClock clock;
  SeededRandom random(0);
  const content::StoreContext context{fs, clock, random, content::Layout(store_path(home))};
  State out;
  out.names = TRY(read_names(fs, home));
  out.unnamed = TRY(list_manifests(context));
  for (const auto& [name, versions] : out.names)
    for (const content::TagVersion& version : versions) out.unnamed.erase(version.digest);
  out.damaged = TRY(list_damaged(context));
  return out;
}

}  // namespace tegula::crash

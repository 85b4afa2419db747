#include "content/verifier.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "content/identity_cache.h"
#include "content/layer.h"
#include "content/manifest_store.h"
#include "content/media_type.h"
#include "content/piece_check.h"
#include "content/referrer_store.h"
#include "content/tag_store.h"

namespace tegula::content {
namespace {

// A blob that some manifest needs, or that merely lies in the store.
struct Wanted {
  Descriptor descriptor;
  std::string label;
};

Fault fault_of(FaultKind kind, const Wanted& wanted, std::string_view why) {
  return {.kind = kind,
          .digest = wanted.descriptor.digest,
          .size = wanted.descriptor.size,
          .file = file_path(wanted.descriptor).empty() ? wanted.label
                                                       : std::string(file_path(wanted.descriptor)),
          .text = fmt::format("{}: {}", wanted.label, why)};
}

Fault piece_fault(const Wanted& wanted, std::uint64_t piece) {
  const std::uint64_t offset = piece * limits::kTreePieceBytes;
  Fault out = fault_of(FaultKind::BadPiece, wanted,
                       fmt::format("piece {} (at byte {}) of {} does not match its hash", piece,
                                   offset, wanted.descriptor.digest.str()));
  out.piece = piece;
  out.offset = offset;
  return out;
}

FaultKind kind_of(const Error& error) {
  if (error.code == Code::NotFound) return FaultKind::MissingBlob;
  return error.code == Code::Corrupt ? FaultKind::WrongSize : FaultKind::Unreadable;
}

std::vector<Fault> faults_of(const Wanted& wanted, const CheckedBlob& checked) {
  std::vector<Fault> out;
  if (checked.unreadable)
    out.push_back(fault_of(FaultKind::Unreadable, wanted, checked.unreadable->text));
  for (const std::uint64_t piece : checked.bad_pieces) out.push_back(piece_fault(wanted, piece));
  if (checked.is_bad && out.empty())
    out.push_back(
        fault_of(FaultKind::BadBlob, wanted,
                 fmt::format("the bytes do not match {}", wanted.descriptor.digest.str())));
  return out;
}

// A blob that should have a tree and has no good one.
std::optional<Fault> tree_fault(const StoreContext& store, const Wanted& wanted, bool has_trusted) {
  const Descriptor& blob = wanted.descriptor;
  if (has_trusted) return std::nullopt;
  if (!tree_root(blob) && read_tree(store, blob.digest, blob.size)) return std::nullopt;
  return fault_of(FaultKind::BadTree, wanted,
                  fmt::format("the hash tree of {} is missing or damaged", blob.digest.str()));
}

// The next start need not look again, or must: a bad disk can change bytes and no times.
void note_check(const StoreContext& store, const OpenBlob& blob, const Digest& digest,
                WallTime began, bool is_good) {
  const auto now = blob.file->stat();
  if (!is_good)
    forget(store, blob.stat);
  else if (now && identity_of(*now) == identity_of(blob.stat))
    remember(store, {identity_of(blob.stat), began, digest});
}

// The blobs to check and what was wrong before any byte was read.
class Survey {
 public:
  explicit Survey(const StoreContext& store) : store_(store) {}

  void add_blob(const Descriptor& descriptor, std::string label) {
    if (!seen_.insert(descriptor.digest).second) return;
    wanted_.push_back({descriptor, std::move(label)});
  }

  void add_manifest(const Digest& digest, std::string_view who) {
    if (!manifests_.insert(digest).second) return;
    const auto index = read_index(store_, digest);
    if (!index) return add_bad_manifest(digest, who, index.error());
    if (*index) {
      for (const Descriptor& target : (*index)->manifests) add_manifest(target.digest, who);
      return add_referrers(digest, who);
    }
    const auto manifest = read_manifest(store_, digest);
    if (!manifest) return add_bad_manifest(digest, who, manifest.error());
    for (const Descriptor* blob : blobs_of(*manifest)) add_blob(*blob, blob_label(*blob));
    add_referrers(digest, who);
  }

  void add_fault(Fault fault) { faults_.push_back(std::move(fault)); }

  Result<VerifyReport> check(Progress& progress, const Stop& stop) {
    VerifyReport out{.blob_count = wanted_.size(), .byte_count = 0, .faults = std::move(faults_)};
    for (std::size_t at = 0; at < wanted_.size(); at += kOpenMax)
      TRY(check_batch(std::span(wanted_).subspan(at, std::min(kOpenMax, wanted_.size() - at)), out,
                      progress, stop));
    return out;
  }

  void begin(Progress& progress) const {
    std::uint64_t total = 0;
    for (const Wanted& wanted : wanted_) total += wanted.descriptor.size;
    progress.begin("verifying", total);
  }

 private:
  void add_bad_manifest(const Digest& digest, std::string_view who, const Error& error) {
    faults_.push_back({.kind = FaultKind::BadManifest,
                       .digest = digest,
                       .file = std::string(who),
                       .text = fmt::format("{}: {}", who, error.text)});
  }

  void add_referrers(const Digest& subject, std::string_view who) {
    const auto referrers = read_referrers(store_, subject);
    if (!referrers) return add_bad_manifest(subject, who, referrers.error());
    for (const Referrer& referrer : *referrers) {
      for (const Descriptor* blob : blobs_of(referrer.manifest))
        add_blob(*blob,
                 fmt::format("{} of {}", referrer.manifest.kind(), short_form(referrer.digest)));
    }
  }

  // So many files are open at once.
  static constexpr std::size_t kOpenMax = 256;

  Result<void> check_batch(std::span<const Wanted> batch, VerifyReport& out, Progress& progress,
                           const Stop& stop) const {
    const WallTime began = store_.clock.now();
    std::vector<OpenBlob> open;
    std::vector<BlobToCheck> blobs;
    std::vector<const Wanted*> which;
    for (const Wanted& wanted : batch) {
      const Descriptor& descriptor = wanted.descriptor;
      auto blob = open_blob(store_, descriptor.digest, descriptor.size);
      if (!blob) {
        out.faults.push_back(fault_of(kind_of(blob.error()), wanted, blob.error().text));
        continue;
      }
      std::optional<BlobTree> tree = read_trusted_tree(store_, descriptor);
      if (auto fault = tree_fault(store_, wanted, tree.has_value())) out.faults.push_back(*fault);
      open.push_back(std::move(*blob));
      blobs.push_back(
          {open.back().file.get(), descriptor.size, descriptor.digest, std::move(tree)});
      which.push_back(&wanted);
      out.byte_count += descriptor.size;
    }
    const std::vector<CheckedBlob> checked = TRY(check_blobs(blobs, store_.clock, progress, stop));
    for (std::size_t i = 0; i < checked.size(); ++i) {
      note_check(store_, open[i], blobs[i].digest, began, !checked[i].is_bad);
      for (Fault& fault : faults_of(*which[i], checked[i])) out.faults.push_back(std::move(fault));
    }
    return {};
  }

  const StoreContext& store_;
  std::vector<Wanted> wanted_;
  std::set<Digest> seen_, manifests_;
  std::vector<Fault> faults_;
};

Result<VerifyReport> check_all_of(Survey& survey, Progress& progress, const Stop& stop) {
  survey.begin(progress);
  auto out = survey.check(progress, stop);
  progress.end();
  return out;
}

Result<void> add_names(const StoreContext& store, Survey& survey) {
  for (const Reference& reference : TRY(list_tag_files(store))) {
    const auto history = read_tag_file(store, reference);
    if (!history) {
      survey.add_fault({.kind = FaultKind::BadTagFile,
                        .digest = std::nullopt,
                        .file = reference.str(),
                        .text = fmt::format("{}: {}", reference.str(), history.error().text)});
      continue;
    }
    for (const TagVersion& version : *history) survey.add_manifest(version.digest, reference.str());
  }
  return {};
}

// What no manifest names is checked by its own name alone.
Result<void> add_others(const StoreContext& store, Survey& survey) {
  for (const Digest& digest : TRY(list_digests(store, store.layout.manifests())))
    survey.add_manifest(digest, fmt::format("manifest {}", short_form(digest)));
  for (const Digest& digest : TRY(list_digests(store, store.layout.blobs()))) {
    const auto stat = store.fs.stat(store.layout.blob(digest));
    if (!stat) continue;
    survey.add_blob({.media_type = "", .digest = digest, .size = stat->size},
                    fmt::format("blob {}", short_form(digest)));
  }
  return {};
}

}  // namespace

std::string_view fault_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::MissingBlob: return "missing_blob";
    case FaultKind::WrongSize: return "wrong_size";
    case FaultKind::BadPiece: return "bad_piece";
    case FaultKind::BadBlob: return "bad_blob";
    case FaultKind::BadTree: return "bad_tree";
    case FaultKind::BadManifest: return "bad_manifest";
    case FaultKind::BadTagFile: return "bad_tag_file";
    case FaultKind::Unreadable: return "unreadable";
  }
  return "bad_blob";
}

std::string blob_label(const Descriptor& descriptor) {
  const std::string_view path = file_path(descriptor);
  if (!path.empty()) return fmt::format("layer \"{}\"", path);
  if (descriptor.media_type == media_type::kModelConfig) return "config";
  return fmt::format("blob {}", short_form(descriptor.digest));
}

Error as_error(const Fault& fault) {
  return {Code::Corrupt, fault.text, "tegula store repair, or build or pull the model again"};
}

std::optional<BlobTree> read_trusted_tree(const StoreContext& store, const Descriptor& descriptor) {
  std::optional<crypto::Hash256> root = tree_root(descriptor);
  if (!root && descriptor.size != 0 && descriptor.size <= limits::kTreeBlockBytes)
    root = descriptor.digest.hash();  // one block: the tree is its hash
  if (!root) return std::nullopt;
  auto tree = read_tree(store, descriptor.digest, descriptor.size);
  if (!tree || tree->root != *root) return std::nullopt;
  return std::move(*tree);
}

Result<std::vector<Fault>> verify_blob(const StoreContext& store, const Descriptor& descriptor,
                                       const OpenBlob& blob, Progress& progress, const Stop& stop) {
  std::vector<BlobToCheck> one;
  one.push_back(
      {blob.file.get(), descriptor.size, descriptor.digest, read_trusted_tree(store, descriptor)});
  const std::vector<CheckedBlob> checked = TRY(check_blobs(one, store.clock, progress, stop));
  return faults_of({descriptor, blob_label(descriptor)}, checked[0]);
}

Result<VerifyReport> verify_manifest(const StoreContext& store, const Digest& manifest,
                                     Progress& progress, const Stop& stop) {
  Survey survey(store);
  survey.add_manifest(manifest, "manifest");
  return check_all_of(survey, progress, stop);
}

Result<VerifyReport> verify_all(const StoreContext& store, Progress& progress, const Stop& stop) {
  Survey survey(store);
  TRY(add_names(store, survey));
  TRY(add_others(store, survey));
  return check_all_of(survey, progress, stop);
}

}  // namespace tegula::content

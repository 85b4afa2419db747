#include "content/tag_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/suggest.h"
#include "content/manifest_store.h"
#include "content/readable_names.h"
#include "content/synced.h"

namespace tegula::content {
namespace {

constexpr std::uint64_t kTagFileBytesMax = limits::kTagVersionsMax * 160;

std::string shown(const Reference& reference) {
  return fmt::format("{}:{}", reference.name(), reference.tag());
}

std::unexpected<Error> no_such_name(const StoreContext& store, const Reference& reference) {
  std::vector<std::string> names;
  if (const auto files = list_tag_files(store))
    for (const Reference& have : *files) {
      names.push_back(have.name());
      names.push_back(shown(have));
    }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near =
      nearest(reference.has_tag() ? shown(reference) : reference.name(), views);
  return fail(
      Code::NotFound, fmt::format("model \"{}\" is not on this machine", shown(reference)),
      near.empty() ? "tegula list shows what is" : fmt::format("did you mean \"{}\"?", near));
}

Result<TagHistory> read_or_explain(const StoreContext& store, const Reference& reference) {
  auto history = read_tag_file(store, reference);
  if (!history && history.error().code == Code::NotFound) return no_such_name(store, reference);
  return history;
}

// Replaces the file, or removes it when no version is left. Under lock_names.
Result<void> write_history(const StoreContext& store, const Reference& reference,
                           const TagHistory& old, const TagHistory& history) {
  const os::Path path = store.layout.tag_file(reference);
  if (!old.empty() && history == old) return sync_name(store, path);
  if (!history.empty()) return put_file(store, path, bytes_of(encode(history)), 0644);
  TRY(store.fs.remove(path));
  return store.fs.sync_folder(path.parent_path());
}

std::optional<Digest> current(const TagHistory& history) {
  return history.empty() ? std::nullopt : std::optional(history.back().digest);
}

// What is under models/ follows the name; when it can't, that is no reason to fail.
TagChange follow(const StoreContext& store, const Reference& reference, const TagHistory& before,
                 const TagHistory& after) {
  TagChange out{.before = current(before), .after = current(after), .note = {}};
  const Result<void> followed = update_readable(store, reference, out.before, out.after);
  if (!followed) out.note = followed.error().text;
  return out;
}

Result<TagHistory> append_version(TagHistory history, const Digest& digest, const Clock& clock,
                                  std::string_view event) {
  if (current(history) == digest) return history;
  if (history.size() == limits::kTagVersionsMax)
    return fail(Code::Exhausted,
                fmt::format("the name has {} versions, and may not have more", history.size()),
                "remove old ones: tegula rm NAME@DIGEST");
  history.push_back({digest, rfc3339(clock.now()), std::string(event)});
  return history;
}

// Nothing left without a digest: then the whole name goes.
Result<TagHistory> without_version(const TagHistory& history, const Reference& reference) {
  TagHistory out;
  if (!reference.digest()) return out;
  std::ranges::copy_if(history, std::back_inserter(out), [&](const TagVersion& version) {
    return version.digest != *reference.digest();
  });
  if (out.size() != history.size()) return out;
  return fail(Code::NotFound,
              fmt::format("\"{}\" never was {}", shown(reference), reference.digest()->str()),
              fmt::format("tegula history {} shows its versions", shown(reference)));
}

Result<void> expect_manifest(const StoreContext& store, const Digest& digest) {
  if (TRY(has_manifest(store, digest))) return {};
  return fail(Code::NotFound, fmt::format("manifest {} is not in the store", digest.str()));
}

// Without files there, any name below `folder` that leads to tags.
Result<void> collect_tags(const StoreContext& store, const std::string& host,
                          const std::string& path, std::vector<Reference>& out) {
  const os::Path folder = store.layout.repos() / host_folder(host) / path;
  for (const std::string& name : TRY(list_folder(store, folder))) {
    if (name != kTagsFolder) {
      const std::string below = path.empty() ? name : path + "/" + name;
      const auto stat = store.fs.stat(folder / name);
      if (stat && stat->kind == os::FileKind::Folder && below.size() <= limits::kReferenceCharsMax)
        TRY(collect_tags(store, host, below, out));
      continue;
    }
    const std::string repo = host.empty() ? path : host + "/" + path;
    for (const std::string& tag : TRY(list_folder(store, folder / kTagsFolder))) {
      const auto reference = Reference::parse(repo + ":" + tag);
      if (reference) out.push_back(*reference);  // else a temporary; gc takes it away
    }
  }
  return {};
}

}  // namespace

Result<TagHistory> read_tag_file(const StoreContext& store, const Reference& reference) {
  const os::Path path = store.layout.tag_file(reference);
  auto history = parse_tag_file(TRY(os::read_file(store.fs, path, kTagFileBytesMax)));
  if (history) return history;
  return fail(
      history.error().code, fmt::format("\"{}\": {}", path.native(), history.error().text),
      fmt::format("tegula rm {} removes the name; build or pull it again", shown(reference)));
}

Result<TagChange> put_tag(const StoreContext& store, const Reference& reference,
                          const Digest& digest, std::string_view event) {
  CHECK(is_event(event));
  const StoreLock shared = TRY(lock_shared(store));
  const StoreLock names = TRY(lock_names(store));
  TRY(expect_manifest(store, digest));
  auto before = read_tag_file(store, reference);
  if (!before && before.error().code != Code::NotFound) return std::unexpected(before.error());
  const TagHistory old = before ? *before : TagHistory();
  const TagHistory fresh = TRY(append_version(old, digest, store.clock, event), shown(reference));
  if (fresh != old) TRY(sync_name(store, store.layout.manifest(digest)));
  TRY(write_history(store, reference, old, fresh));
  return follow(store, reference, old, fresh);
}

Result<Digest> resolve(const StoreContext& store, const Reference& reference) {
  if (reference.digest()) {
    TRY(expect_manifest(store, *reference.digest()), fmt::format("model \"{}\"", reference.name()));
    return *reference.digest();
  }
  return TRY(read_or_explain(store, reference)).back().digest;
}

Result<TagHistory> read_versions(const StoreContext& store, const Reference& reference) {
  return read_or_explain(store, reference);
}

Result<std::vector<Reference>> list_tag_files(const StoreContext& store) {
  std::vector<Reference> out;
  for (const std::string& folder : TRY(list_folder(store, store.layout.repos())))
    TRY(collect_tags(store, host_of_folder(folder), "", out));
  std::ranges::sort(out);
  return out;
}

Result<NameListing> list_names(const StoreContext& store) {
  NameListing out;
  for (const Reference& reference : TRY(list_tag_files(store))) {
    const auto history = read_tag_file(store, reference);
    if (history) {
      out.names.push_back({reference, history->back()});
    } else if (history.error().code != Code::NotFound) {  // else removed just now
      out.problems.push_back(history.error());
    }
  }
  return out;
}

Result<TagChange> roll_back(const StoreContext& store, const Reference& reference,
                            const std::optional<Digest>& to) {
  const StoreLock shared = TRY(lock_shared(store));
  const StoreLock names = TRY(lock_names(store));
  const TagHistory old = TRY(read_or_explain(store, reference));
  const auto fits = [&](const TagVersion& version) {
    return to ? version.digest == *to : version.digest != old.back().digest;
  };
  const auto target = std::ranges::find_if(old.rbegin(), old.rend(), fits);
  if (target == old.rend())
    return fail(Code::NotFound,
                to ? fmt::format("\"{}\" never was {}", shown(reference), to->str())
                   : fmt::format("\"{}\" has no earlier version", shown(reference)),
                fmt::format("tegula history {} shows its versions", shown(reference)));
  const TagHistory fresh =
      TRY(append_version(old, target->digest, store.clock, "rolled-back"), shown(reference));
  TRY(write_history(store, reference, old, fresh));
  return follow(store, reference, old, fresh);
}

Result<TagChange> remove_tag(const StoreContext& store, const Reference& reference) {
  const StoreLock shared = TRY(lock_shared(store));
  const StoreLock names = TRY(lock_names(store));
  auto history = read_or_explain(store, reference);
  // A damaged name must not be one that stays for ever.
  const bool is_damaged = !history && history.error().code == Code::Corrupt;
  if (is_damaged && !reference.digest()) history = TagHistory();
  const TagHistory old = TRY(std::move(history));
  const TagHistory fresh = TRY(without_version(old, reference));
  TRY(write_history(store, reference, old, fresh));
  return follow(store, reference, old, fresh);
}

}  // namespace tegula::content

#include "logserver/monitor.h"

#include <fmt/format.h>

namespace tegula::logserver {
namespace {

constexpr const char* kForkHint =
    "keep both checkpoints: together they prove to anybody that the log has shown two histories";

std::unexpected<Error> fork(const tlog::TreeHead& old, const tlog::TreeHead& now) {
  return fail(Code::Untrusted,
              fmt::format("the log's checkpoint of {} entries does not continue the one of {} "
                          "that it showed before",
                          now.size, old.size),
              kForkHint);
}

// What lags, a mirror or a cache, shows what the log once was. Where nothing shows that one leads
// to the other it may as well be a second history.
std::unexpected<Error> older_or_fork(const TileStore& log, const tlog::TreeHead& old,
                                     const tlog::TreeHead& now) {
  tlog::TileReader nodes = log.nodes(old.size);
  const auto proof = tlog::prove_consistency(nodes, now.size, old.size);
  if (!proof && proof.error().code != Code::NotFound) return std::unexpected(proof.error());
  if (!proof || !tlog::verify_consistency(now, old, *proof)) return fork(old, now);
  return fail(Code::Unavailable,
              fmt::format("the log's checkpoint of {} entries is older than the one of {} that it "
                          "showed before",
                          now.size, old.size),
              "a mirror or a cache may lag; one that stays there hides what is new");
}

}  // namespace

Result<Observation> observe(const TileStore& log, const tlog::NoteKey& key,
                            const std::optional<std::string>& seen) {
  Observation out;
  out.note = TRY(log.read_checkpoint(), "the checkpoint");
  out.now = TRY(read_signed_checkpoint(out.note, key), "the checkpoint");
  if (!seen) return out;
  const auto before = TRY(read_signed_checkpoint(*seen, key), "the checkpoint seen before");
  const tlog::TreeHead old = before.checkpoint.head, now = out.now.checkpoint.head;
  if (now.size < old.size) return older_or_fork(log, old, now);
  tlog::TileReader nodes = log.nodes(now.size);
  const auto proof = TRY(tlog::prove_consistency(nodes, old.size, now.size));
  if (!tlog::verify_consistency(old, now, proof)) return fork(old, now);
  out.old_size = old.size;
  return out;
}

Result<void> read_entries(const TileStore& log, const tlog::TreeHead& head, std::uint64_t first,
                          const SeeEntry& see) {
  tlog::TileReader nodes = log.nodes(head.size);
  for (std::uint64_t bundle = first / tlog::kTileWidth; bundle * tlog::kTileWidth < head.size;
       ++bundle) {
    const std::uint64_t begin = bundle * tlog::kTileWidth;
    const tlog::BundleId id = bundle_of(begin, head.size);
    const Bytes bytes = TRY(log.read_bundle(id), path_of(id));
    const auto entries = TRY(tlog::parse_bundle(bytes, id.width), path_of(id));
    for (std::uint64_t i = 0; i < id.width; ++i) {
      const std::uint64_t index = begin + i;
      if (index < first) continue;
      const auto proof = TRY(tlog::prove_inclusion(nodes, index, head.size));
      TRY(tlog::verify_inclusion({index, tlog::leaf_hash(entries[i])}, proof, head),
          fmt::format("entry {}", index));
      TRY(see(index, entries[i]));
    }
  }
  return {};
}

}  // namespace tegula::logserver

#include "base/hex.h"
#include "cli/commands.h"
#include "cli/log_place.h"
#include "tlog/log_proof.h"

namespace tegula::cli {
namespace {

// Where the entry is, by its leaf hash, newest first.
Result<std::uint64_t> find_leaf(const logserver::TileStore& store, const tlog::TreeHead& head,
                                const tlog::Hash256& leaf) {
  for (std::uint64_t tile = (head.size + tlog::kTileWidth - 1) / tlog::kTileWidth; tile-- > 0;) {
    const tlog::TileId id{.level = 0, .index = tile, .width = tlog::tile_width(0, tile, head.size)};
    const auto hashes = TRY(tlog::parse_tile(TRY(store.read_tile(id)), id.width), path_of(id));
    for (std::uint64_t i = 0; i < hashes.size(); ++i)
      if (hashes[i] == leaf) return tile * tlog::kTileWidth + i;
  }
  return fail(Code::NotFound, "the log's last checkpoint does not cover this entry",
              "an entry that was added just now is published within seconds");
}

Result<std::uint64_t> find_index(const Arguments& arguments, const logserver::TileStore& store,
                                 const tlog::TreeHead& head, Session& session) {
  const std::string file = arguments.positional(1);
  const auto index = TRY(arguments.integer("index", 0, std::int64_t{1} << 62));
  if (file.empty() == !index)
    return fail(Code::InvalidArgument, "prove which entry?", "a FILE, or --index N");
  if (!index)
    return find_leaf(
        store, head,
        tlog::leaf_hash(bytes_of(TRY(read_entry_file(file, limits::kLogEntryBytesMax, session)))));
  if (static_cast<std::uint64_t>(*index) < head.size) return static_cast<std::uint64_t>(*index);
  return fail(Code::NotFound,
              fmt::format("the log's last checkpoint covers {} entries", head.size));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const std::string note = TRY(place.store.read_checkpoint(), "the checkpoint");
  const auto published = TRY(logserver::read_signed_checkpoint(note, key));
  const tlog::TreeHead head = published.checkpoint.head;
  tlog::LogProof proof;
  proof.index = TRY(find_index(arguments, place.store, head, session));
  tlog::TileReader nodes = place.store.nodes(head.size);
  const auto leaf = TRY(nodes.read({.level = 0, .index = proof.index}));
  proof.proof = TRY(tlog::prove_inclusion(nodes, proof.index, head.size));
  proof.checkpoint = published.note;
  TRY(tlog::verify_inclusion({proof.index, leaf}, proof.proof, head), "the log's tiles");
  if (!arguments.has("json")) {
    session.console().print(tlog::encode(proof));
    return {};
  }
  session.console().json({{"index", proof.index},
                          {"leaf", hex_encode(leaf)},
                          {"size", head.size},
                          {"proof", tlog::encode(proof)}});
  return {};
}

}  // namespace

Command describe_log_prove() {
  return {
      .summary = "Prove that something is in a log",
      .text =
          "Prints a proof that `log verify` and other tools check offline (C2SP tlog-proof), under "
          "the log's last\ncheckpoint with its cosignatures.",
      .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"},
                      {.name = "FILE",
                       .help = "the entry; - for stdin",
                       .optional = true,
                       .completes = "file"}},
      .flags = {{.name = "index", .value = "N", .help = "instead of FILE"}, kLogKeyFlag, kJsonFlag},
      .examples = {{"tegula log prove ~/notes release.txt > release.txt.tlog-proof", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

#include "logserver/sample_log.h"

#include <fmt/format.h>

#include "base/check.h"

namespace tegula::logserver {
namespace {

Result<void> check_entry(Log& log, tlog::TileReader& nodes, std::uint64_t index,
                         const std::string& entry) {
  const tlog::TreeHead head = log.sequencer().head().checkpoint.head;
  if (index >= head.size) return fail(Code::NotFound, "beyond the log's end");
  const Bytes stored = TRY(log.store().read_entry(index, head.size));
  if (text_of(stored) != entry) return fail(Code::Corrupt, "has other bytes");
  const auto proof = TRY(tlog::prove_inclusion(nodes, index, head.size));
  return tlog::verify_inclusion({index, tlog::leaf_hash(bytes_of(entry))}, proof, head);
}

Result<void> check_note(Log& log, tlog::TileReader& nodes, const std::string& note) {
  const tlog::TreeHead head = log.sequencer().head().checkpoint.head;
  const auto seen = TRY(read_signed_checkpoint(note, log.identity().key));
  if (seen.checkpoint.head.size > head.size) return fail(Code::Corrupt, "is of a larger tree");
  const auto proof = TRY(tlog::prove_consistency(nodes, seen.checkpoint.head.size, head.size));
  return tlog::verify_consistency(seen.checkpoint.head, head, proof);
}

}  // namespace

Result<tlog::NoteKey> SampleLog::create(tlog::Policy policy, LogKind kind) {
  return create_log({fs_, clock_, random_}, root_,
                    {.kind = kind, .origin = std::string(kSampleOrigin), .url = {}},
                    std::move(policy));
}

Result<void> SampleLog::open(Cosigners* cosigners) {
  log_.reset();
  log_ = TRY(Log::open({fs_, clock_, random_}, root_, cosigners == nullptr ? nobody_ : *cosigners));
  return {};
}

std::vector<Result<Placed>> SampleLog::add(const std::vector<std::string>& entries) {
  std::vector<Result<Placed>> out(entries.size(), fail(Code::Internal, "no answer"));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ByteView bytes = bytes_of(entries[i]);
    CHECK(log_->sequencer().add(Bytes(bytes.begin(), bytes.end()),
                                [&out, i](const Result<Placed>& placed) { out[i] = placed; }));
  }
  static_cast<void>(log_->sequence());  // the answers say how it went
  return out;
}

std::vector<std::string> sample_entries(std::size_t first, std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(fmt::format("entry {}", first + i));
  return out;
}

std::vector<std::string> broken_promises(Log& log, const Promises& promises) {
  std::vector<std::string> out;
  tlog::TileReader nodes = log.store().nodes(log.sequencer().head().checkpoint.head.size);
  for (const auto& [index, entry] : promises.entries)
    if (const auto kept = check_entry(log, nodes, index, entry); !kept)
      out.push_back(fmt::format("entry {} \"{}\": {}", index, entry, kept.error().text));
  for (const std::string& note : promises.notes)
    if (const auto kept = check_note(log, nodes, note); !kept)
      out.push_back(fmt::format("a checkpoint that was seen: {}\n{}", kept.error().text, note));
  return out;
}

}  // namespace tegula::logserver

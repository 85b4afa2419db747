#include "logserver/signing_record.h"

#include <array>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kMode = 0644;

Result<SignedCheckpoint> sign(const tlog::TreeHead& head, const tlog::NoteKey& key,
                              const crypto::Signer& signer) {
  SignedCheckpoint out{.checkpoint = {.origin = key.name(), .head = head}, .note = {}};
  out.note.text = tlog::encode(out.checkpoint);
  out.note.signatures.push_back(TRY(tlog::sign_note(out.note.text, key, signer)));
  return out;
}

}  // namespace

Result<SignedCheckpoint> read_signed_checkpoint(std::string_view text, const tlog::NoteKey& key) {
  SignedCheckpoint out;
  out.note = TRY(tlog::parse_note(text));
  TRY(tlog::verify_note(out.note, std::array{key}));
  out.checkpoint = TRY(tlog::parse_checkpoint(out.note.text));
  if (out.checkpoint.origin == key.name()) return out;
  return fail(Code::Untrusted, "the checkpoint is of another log than the key that signed it");
}

Result<void> SigningRecord::create(os::FileSystem& fs, const os::Path& path,
                                   const tlog::NoteKey& key, const crypto::Signer& signer) {
  if (TRY(os::exists(fs, path)))
    return fail(
        Code::AlreadyExists,
        fmt::format("there is a record of signed checkpoints in \"{}\" already", path.native()),
        "a log starts once");
  const auto first = TRY(sign({.size = 0, .root = tlog::empty_root()}, key, signer));
  return os::write_durably(fs, path, bytes_of(tlog::encode(first.note)), kMode);
}

Result<SigningRecord> SigningRecord::open(os::FileSystem& fs, os::Path path, tlog::NoteKey key,
                                          const crypto::Signer& signer) {
  SigningRecord out(fs, std::move(path), std::move(key), signer);
  TRY(out.reload());
  return out;
}

Result<void> SigningRecord::reload() {
  is_certain_ = false;
  const std::string text = TRY(os::read_file(*fs_, path_, limits::kLogConfigBytesMax));
  auto read = read_signed_checkpoint(text, key_);
  if (!read)
    return fail(Code::Corrupt,
                fmt::format("\"{}\": {}", path_.native(), std::move(read).error().text),
                "without the record of what it has signed a log must not sign again");
  // Written anew rather than synced: where a sync has failed, the next one may succeed for nothing.
  TRY(os::write_durably(*fs_, path_, bytes_of(text), kMode));
  last_ = std::move(*read);
  is_certain_ = true;
  return {};
}

Result<SignedCheckpoint> SigningRecord::advance(const tlog::TreeHead& head, tlog::ProofView proof) {
  if (!is_certain_)
    return fail(Code::Unavailable, "it isn't known which checkpoint was signed last");
  TRY(tlog::verify_consistency(last_->checkpoint.head, head, proof));
  if (head == last_->checkpoint.head) return *last_;
  TRY(compare());
  auto next = TRY(sign(head, key_, *signer_));
  is_certain_ = false;
  TRY(os::write_durably(*fs_, path_, bytes_of(tlog::encode(next.note)), kMode));
  last_ = std::move(next);
  is_certain_ = true;
  return *last_;
}

Result<void> SigningRecord::compare() const {
  const std::string text = TRY(os::read_file(*fs_, path_, limits::kLogConfigBytesMax));
  if (text == tlog::encode(last_->note)) return {};
  return fail(Code::Corrupt,
              fmt::format("somebody else has changed \"{}\", the record of what was signed",
                          path_.native()),
              "one program at a time may sign for a log");
}

}  // namespace tegula::logserver

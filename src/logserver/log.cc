#include "logserver/log.h"

#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "logserver/key_file.h"
#include "logserver/temporaries.h"

namespace tegula::logserver {
namespace {

constexpr std::uint32_t kFolderMode = 0755;
constexpr std::size_t kReasonCharsMax = 400;

Result<tlog::NoteKey> note_key(const LogConfig& config, const crypto::PrivateKey& key) {
  return tlog::NoteKey::create(config.origin, tlog::SignatureType::Ed25519, key.public_key());
}

Result<LogIdentity> identity_of(const os::FileSystem& fs, const LogLayout& layout,
                                const crypto::PrivateKey& key) {
  const std::string json = TRY(os::read_file(fs, layout.config(), limits::kLogConfigBytesMax));
  const std::string policy = TRY(os::read_file(fs, layout.policy(), limits::kPolicyBytesMax));
  auto config = TRY(parse_log_config(json), layout.config().native());
  auto parsed = TRY(tlog::parse_policy(policy), layout.policy().native());
  tlog::NoteKey name = TRY(note_key(config, key));
  return LogIdentity{
      .config = std::move(config), .key = std::move(name), .policy = std::move(parsed)};
}

// A key that an unfinished create_log left has signed nothing yet, since the record comes last.
Result<crypto::PrivateKey> make_key(os::FileSystem& fs, const os::Path& path) {
  if (TRY(os::exists(fs, path))) return read_key_file(fs, path);
  return create_key_file(fs, path);
}

// Of a folder that may have no log in it yet.
Result<std::unique_ptr<os::FileLock>> lock_folder(os::FileSystem& fs, const LogLayout& layout) {
  auto lock = fs.lock(layout.lock(), os::LockMode::Exclusive, false);
  if (!lock && lock.error().code == Code::Unavailable)
    return fail(Code::Unavailable,
                fmt::format("the log in \"{}\" is open in another process", layout.root().native()),
                "one process at a time may sign for a log");
  if (lock) TRY(remove_temporaries(fs, layout.root()));
  return lock;
}

// What Log::halt has left.
Result<void> check_not_halted(const os::FileSystem& fs, const LogLayout& layout) {
  if (!TRY(os::exists(fs, layout.halted()))) return {};
  const std::string why = TRY(os::read_file(fs, layout.halted(), limits::kLogConfigBytesMax));
  return fail(Code::Corrupt,
              fmt::format("the log in \"{}\" was halted: {}", layout.root().native(),
                          printable(why.substr(0, why.find('\n')), kReasonCharsMax)),
              fmt::format("put the newest copy of the whole folder back and remove \"{}\", or "
                          "start a new log; one that signs again shows two histories",
                          layout.halted().native()));
}

}  // namespace

Result<tlog::NoteKey> create_log(const LogWorld& world, const os::Path& root,
                                 const LogConfig& config, tlog::Policy policy,
                                 const LogCompanions& add_companions) {
  os::FileSystem& fs = world.fs;
  const LogLayout layout(root);
  const std::string json = encode(config);
  TRY(parse_log_config(json));
  TRY(tlog::parse_policy(tlog::encode(policy)), "the policy");
  if (TRY(os::exists(fs, layout.record())))
    return fail(Code::AlreadyExists, fmt::format("there is a log in \"{}\"", root.native()),
                "another folder, or `tegula log serve` for this one");
  TRY(os::make_folders(fs, root, kFolderMode));
  const auto lock = TRY(lock_folder(fs, layout));
  const crypto::PrivateKey key = TRY(make_key(fs, layout.key()));
  tlog::NoteKey name = TRY(note_key(config, key));
  policy.logs = {{.key = name, .url = config.url}};
  TRY(os::write_durably(fs, layout.config(), bytes_of(json)));
  TRY(os::write_durably(fs, layout.policy(), bytes_of(tlog::encode(policy))));
  if (add_companions) TRY(add_companions(name));
  // Folders that a kill left unsynced count as there for make_folders.
  TRY(os::make_folders(fs, layout.published(), kFolderMode));
  TRY(fs.sync_folder(root));
  TRY(fs.sync_folder(std::filesystem::absolute(root).parent_path()));
  TRY(SigningRecord::create(fs, layout.record(), name, key));
  return name;
}

Result<LogIdentity> read_log_identity(const os::FileSystem& fs, const os::Path& root) {
  const LogLayout layout(root);
  const crypto::PrivateKey key = TRY(read_key_file(fs, layout.key()));
  return identity_of(fs, layout, key);
}

Result<std::unique_ptr<os::FileLock>> lock_log(os::FileSystem& fs, const LogLayout& layout) {
  if (!TRY(os::exists(fs, layout.record())))
    return fail(Code::NotFound, fmt::format("there is no log in \"{}\"", layout.root().native()),
                "make one with `tegula log init`");
  return lock_folder(fs, layout);
}

Result<std::unique_ptr<Log>> Log::open(const LogWorld& world, const os::Path& root,
                                       Cosigners& cosigners, const Publisher::Options& options) {
  os::FileSystem& fs = world.fs;
  const LogLayout layout(root);
  auto lock = TRY(lock_log(fs, layout));
  TRY(check_not_halted(fs, layout));
  crypto::PrivateKey key = TRY(read_key_file(fs, layout.key()));
  LogIdentity identity = TRY(identity_of(fs, layout, key));
  std::unique_ptr<Log> out(
      new Log(fs, layout, std::move(identity), std::move(key), std::move(lock)));
  const LogIdentity& who = out->identity_;
  SigningRecord record = TRY(SigningRecord::open(fs, layout.record(), who.key, out->key_));
  const SignedCheckpoint head = record.last();
  out->publisher_ =
      TRY(Publisher::open(fs, layout, head, who.policy, who.key, world.clock, cosigners, options));
  out->sequencer_ = TRY(Sequencer::open(fs, layout, std::move(record), world.random));
  return out;
}

Result<bool> Log::publish(const Stop& stop) {
  auto published = publisher_->publish(sequencer_->head(), stop);
  if (const auto why = publisher_->halted()) TRY(halt(*why), why->text);
  return published;
}

// Tried again until the disk takes it.
Result<void> Log::halt(const Error& why) {
  sequencer_->halt(why);
  if (is_halt_kept_) return {};
  const std::string text = fmt::format("{}\n{}\n", why.text, why.hint);
  if (const auto kept = os::write_durably(fs_, layout_.halted(), bytes_of(text)); !kept)
    return fail(why.code, kept.error().text, why.hint);
  is_halt_kept_ = true;
  return {};
}

}  // namespace tegula::logserver

#include "logserver/witness.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/limits.h"
#include "codec/json.h"
#include "logserver/key_file.h"
#include "logserver/temporaries.h"

namespace tegula::logserver {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kDepthMax = 4;

struct Layout {
  os::Path root;
  os::Path config() const { return root / "config.json"; }
  os::Path key() const { return root / "key.pem"; }
  os::Path logs() const { return root / "logs"; }
  os::Path lock() const { return root / "lock"; }
  os::Path states() const { return root / "state"; }
};

WitnessReply refuse(int status, std::string_view why) {
  return {.status = status, .body = fmt::format("{}\n", why)};
}

Result<std::string> read_name(const os::FileSystem& fs, const os::Path& path) {
  const std::string text = TRY(os::read_file(fs, path, limits::kLogConfigBytesMax));
  const codec::Json json = TRY(
      codec::parse_json(text, {.bytes_max = limits::kLogConfigBytesMax, .depth_max = kDepthMax}));
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected an object");
  if (TRY(codec::uint_member(json, "version")) != kVersion)
    return fail(Code::Unsupported, "a witness of a version that this program doesn't know");
  return codec::string_member(json, "name");
}

std::vector<tlog::NoteKey> keys_of(const tlog::Policy& logs, const std::string& origin) {
  std::vector<tlog::NoteKey> out;
  for (const tlog::PolicyLog& log : logs.logs)
    if (log.key.name() == origin) out.push_back(log.key);
  return out;
}

Result<crypto::PrivateKey> make_key(os::FileSystem& fs, const os::Path& path) {
  if (TRY(os::exists(fs, path))) return read_key_file(fs, path);  // left by one that was killed
  return create_key_file(fs, path);
}

Result<tlog::NoteKey> witness_key(std::string name, const crypto::PrivateKey& key) {
  return tlog::NoteKey::create(std::move(name), tlog::SignatureType::Cosignature, key.public_key());
}

}  // namespace

std::string origin_hash(std::string_view origin) {
  return hex_encode(crypto::sha256(bytes_of(origin)));
}

// config.json comes last: without it there is no witness.
Result<tlog::NoteKey> create_witness(os::FileSystem& fs, const os::Path& root,
                                     const std::string& name, const tlog::Policy& logs) {
  const Layout layout{root};
  if (TRY(os::exists(fs, layout.config())))
    return fail(Code::AlreadyExists, fmt::format("there is a witness in \"{}\"", root.native()),
                "another folder, or `tegula witness serve` for this one");
  if (name.size() > limits::kKeyNameBytesMax || !tlog::is_key_name(name))
    return fail(Code::InvalidArgument, "that can't be the name of a witness",
                "a host name such as witness.example.com");
  const std::string policy = tlog::encode(logs);
  TRY(tlog::parse_policy(policy), "the logs");
  TRY(os::make_folders(fs, layout.states()));
  const crypto::PrivateKey key = TRY(make_key(fs, layout.key()));
  tlog::NoteKey out = TRY(witness_key(name, key));
  TRY(os::write_durably(fs, layout.logs(), bytes_of(policy)));
  TRY(fs.sync_folder(root));
  TRY(fs.sync_folder(std::filesystem::absolute(root).parent_path()));
  const codec::OrderedJson json = {{"version", kVersion}, {"name", name}};
  TRY(os::write_durably(fs, layout.config(), bytes_of(json.dump(2) + "\n")));
  return out;
}

Witness::Witness(os::FileSystem& fs, const Clock& clock, os::Path root, crypto::PrivateKey key,
                 tlog::NoteKey name, tlog::Policy logs, std::unique_ptr<os::FileLock> lock)
    : fs_(fs),
      clock_(clock),
      root_(std::move(root)),
      signer_(std::move(key)),
      key_(std::move(name)),
      logs_(std::move(logs)),
      lock_(std::move(lock)) {}

Result<std::unique_ptr<Witness>> Witness::open(os::FileSystem& fs, const Clock& clock,
                                               const os::Path& root) {
  const Layout layout{root};
  const std::string name = TRY(read_name(fs, layout.config()), layout.config().native());
  auto lock = TRY(fs.lock(layout.lock(), os::LockMode::Exclusive, false));
  TRY(remove_temporaries(fs, root));
  TRY(remove_temporaries(fs, layout.states()));
  TRY(fs.sync_folder(root));  // a kill may have left a witness whose name no disk holds yet
  crypto::PrivateKey key = TRY(read_key_file(fs, layout.key()));
  tlog::NoteKey own = TRY(witness_key(name, key));
  const std::string text = TRY(os::read_file(fs, layout.logs(), limits::kPolicyBytesMax));
  tlog::Policy logs = TRY(tlog::parse_policy(text), layout.logs().native());
  std::unique_ptr<Witness> out(new Witness(fs, clock, root, std::move(key), std::move(own),
                                           std::move(logs), std::move(lock)));
  for (const tlog::PolicyLog& log : out->logs_.logs) TRY(out->state_of(log.key.name()));
  return out;
}

os::Path Witness::state_path(const std::string& origin) const {
  return Layout{root_}.states() / origin_hash(origin);
}

// Its name may have been left by a kill before it was synced, or by a sync that failed: what is
// built on is written anew, so that it stays.
Result<Witness::State> Witness::read_state(const std::string& origin) const {
  const os::Path path = state_path(origin);
  const auto text = os::read_file(fs_, path, limits::kNoteBytesMax);
  if (!text && text.error().code == Code::NotFound) {
    TRY(fs_.sync_folder(path.parent_path()));
    return State();
  }
  if (!text) return std::unexpected(text.error());
  State out{.head = {}, .note = *text};
  const tlog::Note note = TRY(tlog::parse_note(*text), path.native());
  TRY(tlog::verify_note(note, std::array{key_}), path.native());
  const tlog::Checkpoint checkpoint = TRY(tlog::parse_checkpoint(note.text), path.native());
  if (checkpoint.origin != origin)
    return fail(Code::Corrupt, fmt::format("\"{}\" is of another log", path.native()));
  TRY(os::write_durably(fs_, path, bytes_of(*text)));
  out.head = checkpoint.head;
  return out;
}

Result<Witness::State*> Witness::state_of(const std::string& origin) {
  const auto known = states_.find(origin);
  if (known != states_.end()) return &known->second;
  return &states_.emplace(origin, TRY(read_state(origin))).first->second;
}

WitnessReply Witness::add_checkpoint(std::string_view body) {
  const auto request = parse_cosign_request(body);
  if (!request) return refuse(400, request.error().text);
  const auto checkpoint = tlog::parse_checkpoint(request->checkpoint.text);
  if (!checkpoint) return refuse(400, checkpoint.error().text);
  const auto keys = keys_of(logs_, checkpoint->origin);
  if (keys.empty()) return refuse(404, "this log is not known here");
  if (const auto signed_by = tlog::verify_note(request->checkpoint, keys); !signed_by)
    return refuse(403, signed_by.error().text);
  if (request->old_size > checkpoint->head.size)
    return refuse(400, "the old size is larger than the checkpoint's");
  return decide(*request, *checkpoint);
}

WitnessReply Witness::decide(const CosignRequest& request, const tlog::Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  const auto state = state_of(checkpoint.origin);
  if (!state) return refuse(500, "the witness can't read what it has seen");
  const tlog::TreeHead seen = (*state)->head;
  if (request.old_size != seen.size)
    return {.status = 409, .body = fmt::format("{}\n", seen.size), .is_size = true};
  if (const auto kept = tlog::verify_consistency(seen, checkpoint.head, request.proof); !kept)
    return refuse(422, kept.error().text);
  const auto signature = sign(checkpoint, request.checkpoint);
  if (signature) return {.status = 200, .body = tlog::encode(*signature)};
  // Nobody knows now what the disk holds.
  states_.erase(checkpoint.origin);
  return refuse(500, "the witness can't remember what it would sign");
}

// Keeps the log's own signatures and ours, so that the state proves itself to a monitor.
Result<tlog::NoteSignature> Witness::sign(const tlog::Checkpoint& checkpoint,
                                          const tlog::Note& note) {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch());
  const auto time_s = static_cast<std::uint64_t>(now.count());
  tlog::NoteSignature out = TRY(tlog::cosign_note(note.text, time_s, key_, signer_));
  tlog::Note kept{.text = note.text, .signatures = {}};
  for (const tlog::NoteSignature& signature : note.signatures)
    for (const tlog::NoteKey& key : keys_of(logs_, checkpoint.origin))
      if (signature.name == key.name() && signature.key_id == key.id())
        kept.signatures.push_back(signature);
  kept.signatures.push_back(out);
  const std::string text = tlog::encode(kept);
  TRY(os::write_durably(fs_, state_path(checkpoint.origin), bytes_of(text)));
  states_[checkpoint.origin] = {.head = checkpoint.head, .note = text};
  return out;
}

std::optional<std::string> Witness::checkpoint(std::string_view origin_hash_hex) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [origin, state] : states_)
    if (origin_hash(origin) == origin_hash_hex && !state.note.empty()) return state.note;
  return std::nullopt;
}

}  // namespace tegula::logserver

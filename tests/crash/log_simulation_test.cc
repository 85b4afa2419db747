// A log, three witnesses and two monitors on a network and machines that a seeded scheduler drops,
// delays, repeats, stops and starts anew; in some runs the log's folder is put back to an old copy.
//
// Whatever happens: an entry that was acknowledged is in the log with its proof, unless its folder
// was put back; and no two checkpoints that a quorum has seen, or that a monitor has, are two
// histories. Once all is well again, the log publishes, or knows that it must not.
#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "careless_file_system.h"
#include "logserver/monitor.h"
#include "logserver/sample_log.h"
#include "logserver/witness.h"
#include "logserver/witness_client.h"
#include "net/fake_transport.h"
#include "os/faulty_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

constexpr std::size_t kWitnesses = 3;
constexpr std::size_t kMonitors = 2;
constexpr std::size_t kQuorum = 2;
constexpr int kSteps = 60;
constexpr std::uint64_t kSeeds = 1000;

class World final : public Cosigners {
 public:
  explicit World(std::uint64_t seed) : chance_(seed), allows_rollback_(seed % 4 == 3) { build(); }

  void run() {
    for (int step = 0; step < kSteps && faults_.empty(); ++step) act();
    heal();
  }
  const std::vector<std::string>& faults() const { return faults_; }
  bool was_rolled_back() const { return rolled_back_; }
  bool has_published() const { return !accepted_.empty(); }

 private:
  bool one_in(std::uint64_t n) { return chance_.next() % n == 0; }
  void fault(std::string text) { faults_.push_back(std::move(text)); }
  os::Path log_folder() const { return folder_ / "log"; }
  os::Path witness_folder(std::size_t i) const { return folder_ / fmt::format("w{}", i); }

  void build();
  void act();
  void heal();

  // --- the log ---
  bool open_log();
  void add();
  void publish();
  void crash_log();
  void roll_back();
  void note_published();

  // --- witnesses and the network to them ---
  Cosigned collect(const SignedCheckpoint& head, const Enough& enough, const Stop& stop) override;
  net::FakeReply travel(const net::HttpRequest& request);
  net::FakeReply serve(const net::HttpRequest& request);
  void restart_witness(std::size_t i);
  void deliver_late();

  // --- monitors ---
  void monitor(std::size_t i);
  void check_history(const std::string& note, std::string_view who);

  SeededRandom chance_;
  const bool allows_rollback_;
  const os::TemporaryFolder folder_;
  os::PosixFileSystem posix_;
  crash::CarelessFileSystem fs_{posix_, crash::kQuick};
  ManualClock clock_;
  std::optional<os::FaultyFileSystem> failing_;
  std::unique_ptr<SampleLog> log_;
  bool is_open_ = false;
  tlog::Policy policy_;
  std::optional<tlog::NoteKey> key_;
  std::array<std::unique_ptr<Witness>, kWitnesses> witnesses_;
  std::vector<net::HttpRequest> on_the_way_;
  bool is_healed_ = false;
  net::FakeTransport transport_{[this](const auto& request) { return travel(request); }};

  Promises promises_;
  std::size_t entries_ = 0;
  bool rolled_back_ = false;
  bool has_old_copy_ = false;
  std::vector<std::string> accepted_;  // notes that a quorum has seen
  std::array<std::optional<std::string>, kMonitors> seen_;
  std::vector<std::string> faults_;
};

void World::build() {
  log_ = std::make_unique<SampleLog>(fs_, log_folder());
  key_ = log_->create().value();
  policy_.logs = {{.key = *key_, .url = {}}};
  tlog::PolicyGroup group{.name = "all", .threshold = kQuorum, .members = {}};
  for (std::size_t i = 0; i < kWitnesses; ++i) {
    const std::string name = fmt::format("w{}", i);
    tlog::Policy logs;
    logs.logs = policy_.logs;
    const auto key = create_witness(fs_, witness_folder(i), name, logs).value();
    policy_.witnesses.push_back({.name = name, .key = key, .url = "https://" + name});
    group.members.push_back({.place = i});
    restart_witness(i);
  }
  policy_.groups = {std::move(group)};
  policy_.quorum = {.kind = tlog::PolicyMember::Kind::Group, .place = 0};
  EXPECT_TRUE(
      os::write_durably(fs_, LogLayout(log_folder()).policy(), bytes_of(tlog::encode(policy_))));
  if (!open_log()) fault("the new log does not open");
}

void World::act() {
  clock_.advance(std::chrono::seconds(chance_.next() % 5));
  switch (chance_.next() % 12) {
    case 0:
    case 1:
    case 2: return add();
    case 3:
    case 4:
    case 5: return publish();
    case 6: return crash_log();
    case 7: return restart_witness(chance_.next() % kWitnesses);
    case 8: return deliver_late();
    case 9: return roll_back();
    default: return monitor(chance_.next() % kMonitors);
  }
}

bool World::open_log() {
  log_ = std::make_unique<SampleLog>(fs_, log_folder());
  is_open_ = log_->open(this).has_value();
  return is_open_;
}

void World::add() {
  if (!is_open_ && !open_log()) {
    if (!rolled_back_) fault("the log does not open");
    return;
  }
  const auto entries = sample_entries(entries_, 1 + chance_.next() % (one_in(4) ? 200 : 3));
  entries_ += entries.size();
  const auto answers = log_->add(entries);
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (answers[i]) promises_.entries[answers[i]->index] = entries[i];
}

void World::publish() {
  if (!is_open_ && !open_log()) return;
  static_cast<void>(log_->publish());
  note_published();
}

void World::note_published() {
  const auto published = log_->log().publisher().last();
  if (published == nullptr) return;
  const auto note = tlog::parse_note(published->note).value();
  if (!tlog::accept(policy_, note)) fault("published without a quorum");
  accepted_.push_back(published->note);
  check_history(published->note, "published");
}

// The process ends in the midst of a change; the next step opens the log again.
void World::crash_log() {
  log_.reset();
  failing_.emplace(fs_, os::Fault{.at = static_cast<std::size_t>(chance_.next() % 40),
                                  .code = Code::PermissionDenied,
                                  .lasting = true});
  log_ = std::make_unique<SampleLog>(*failing_, log_folder());
  is_open_ = log_->open(this).has_value();
  if (is_open_) add();
  if (is_open_ && one_in(2)) static_cast<void>(log_->publish());
  if (is_open_) note_published();
  log_.reset();
  is_open_ = false;
  if (!open_log() && !rolled_back_) fault("the log does not open after a crash");
}

// An operator's mistake: an old backup, record and tiles alike, so that the log itself can't know.
void World::roll_back() {
  const auto copy = std::filesystem::copy_options::recursive;
  if (!allows_rollback_) return;
  if (!has_old_copy_) {
    log_.reset();
    is_open_ = false;
    std::filesystem::copy(log_folder(), folder_ / "old", copy);
    has_old_copy_ = true;
  } else if (!rolled_back_ && one_in(2)) {
    log_.reset();
    is_open_ = false;
    std::filesystem::remove_all(log_folder());
    std::filesystem::copy(folder_ / "old", log_folder(), copy);
    rolled_back_ = true;
    promises_ = {};
  }
}

Cosigned World::collect(const SignedCheckpoint& head, const Enough&, const Stop& stop) {
  Cosigned out;
  const TileStore store(fs_, LogLayout(log_folder()).published());
  for (const tlog::PolicyWitness& witness : policy_.witnesses) {
    const auto prove = [&store](std::uint64_t old_size, std::uint64_t size) {
      tlog::TileReader nodes = store.nodes(size);
      return tlog::prove_consistency(nodes, old_size, size);
    };
    WitnessClient client(witness, *key_, transport_, prove);
    const WitnessAnswer answer = client.ask(head, stop);
    if (answer.signature) out.signatures.push_back(*answer.signature);
    if (answer.shown && is_another_history(*answer.shown, head, prove).value_or(false))
      out.ahead = Error{Code::Corrupt, "ahead", {}};
  }
  if (out.ahead && !rolled_back_) fault("a log that was never put back was told that it was");
  return out;
}

// Requests and answers get lost, and come late.
net::FakeReply World::travel(const net::HttpRequest& request) {
  if (!is_healed_ && one_in(6)) on_the_way_.push_back(request);
  if (!is_healed_ && one_in(6)) return {.status = 503};
  net::FakeReply reply = serve(request);
  if (!is_healed_ && one_in(6)) return {.status = 504};
  return reply;
}

net::FakeReply World::serve(const net::HttpRequest& request) {
  const auto number = static_cast<std::size_t>(request.url.host()[1] - '0');
  Witness& witness = *witnesses_[number];
  if (request.method == "POST") {
    const WitnessReply reply = witness.add_checkpoint(request.body);
    return {.status = reply.status, .body = reply.body};
  }
  const std::string path = request.url.path();
  const auto note = witness.checkpoint(path.substr(1, path.find('/', 1) - 1));
  return note ? net::FakeReply{.body = *note} : net::FakeReply{.status = 404};
}

void World::deliver_late() {
  if (on_the_way_.empty()) return;
  const std::size_t which = chance_.next() % on_the_way_.size();
  serve(on_the_way_[which]);
  if (one_in(2)) on_the_way_.erase(on_the_way_.begin() + static_cast<std::ptrdiff_t>(which));
}

void World::restart_witness(std::size_t i) {
  witnesses_[i].reset();
  auto opened = Witness::open(fs_, clock_, witness_folder(i));
  if (!opened) return fault("a witness does not open");
  witnesses_[i] = std::move(*opened);
}

void World::monitor(std::size_t i) {
  const TileStore store(fs_, LogLayout(log_folder()).published());
  const auto text = store.read_checkpoint();
  if (!text || !tlog::accept(policy_, tlog::parse_note(*text).value())) return;
  const auto now = observe(store, *key_, seen_[i]);
  if (now) {
    seen_[i] = now->note;
  } else if (!rolled_back_) {
    fault(fmt::format("monitor {}: {}", i, now.error().text));
  }
}

// Of two checkpoints that a quorum has seen, one must continue the other. Sizes and roots are
// enough: the same size has the same root, and the log's own proofs cover the rest.
void World::check_history(const std::string& note, std::string_view who) {
  const auto one = read_signed_checkpoint(note, *key_).value();
  const TileStore store(fs_, LogLayout(log_folder()).published());
  for (const std::string& other : accepted_) {
    const auto two = read_signed_checkpoint(other, *key_).value();
    const tlog::TreeHead a = one.checkpoint.head, b = two.checkpoint.head;
    if (a.size == b.size && a.root != b.root) fault(fmt::format("{}: two histories", who));
    if (b.size > a.size) continue;
    tlog::TileReader nodes = store.nodes(a.size);
    const auto proof = tlog::prove_consistency(nodes, b.size, a.size);
    if (!proof || !tlog::verify_consistency(b, a, *proof))
      fault(fmt::format("{}: {} does not continue {}", who, a.size, b.size));
  }
}

// All is well from now on.
void World::heal() {
  is_healed_ = true;
  if (!is_open_ && !open_log()) {
    if (!rolled_back_) fault("the log does not open in the end");
    return;
  }
  const auto added = log_->add(sample_entries(1'000'000, 2));
  const auto published = log_->publish();
  if (rolled_back_) return note_published();
  if (!added[0] || !published) return fault("the log does not go on in the end");
  note_published();
  for (std::string& text : broken_promises(log_->log(), promises_)) fault(std::move(text));
  promises_.notes = accepted_;
  for (const auto& seen : seen_)
    if (seen) promises_.notes.push_back(*seen);
  for (std::string& text : broken_promises(log_->log(), promises_)) fault(std::move(text));
  for (std::size_t i = 0; i < kMonitors; ++i) monitor(i);
}

std::uint64_t seed_count() {
  const char* given = std::getenv("TEGULA_SEEDS");
  return given == nullptr ? kSeeds : std::strtoull(given, nullptr, 10);
}

TEST(LogSimulation, KeepsItsPromisesWhateverHappens) {
  std::size_t rolled_back = 0, published = 0;
  for (std::uint64_t seed = 0; seed < seed_count() && !HasFailure(); ++seed) {
    World world(seed);
    world.run();
    EXPECT_THAT(world.faults(), ::testing::IsEmpty()) << "seed " << seed;
    rolled_back += world.was_rolled_back() ? 1U : 0U;
    published += world.has_published() ? 1U : 0U;
  }
  // The interesting things do happen.
  EXPECT_GT(rolled_back, seed_count() / 50);
  EXPECT_GT(published, seed_count() / 2);
}

}  // namespace
}  // namespace tegula::logserver

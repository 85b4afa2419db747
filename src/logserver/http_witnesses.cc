#include "logserver/http_witnesses.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"

namespace tegula::logserver {
namespace {

constexpr std::chrono::milliseconds kLookEvery{20};

// Once there are enough, the others may still sign within this time.
constexpr std::chrono::milliseconds kGrace{50};

}  // namespace

HttpWitnesses::HttpWitnesses(const tlog::Policy& policy, const tlog::NoteKey& log,
                             net::Transport& transport, const Clock& clock,
                             const WitnessClient::Prove& prove)
    : clock_(clock), prove_(prove) {
  for (const tlog::PolicyWitness& witness : policy.witnesses)
    if (!witness.url.empty())
      workers_.push_back(
          std::make_unique<Worker>(Worker{WitnessClient(witness, log, transport, prove)}));
  for (const auto& worker : workers_)
    worker->thread = std::thread([this, &one = *worker] { work(one); });
}

HttpWitnesses::~HttpWitnesses() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.cancel();
  }
  asked_.notify_all();
  for (const auto& worker : workers_) worker->thread.join();
}

void HttpWitnesses::work(Worker& worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    asked_.wait(lock, [&] { return stopping_.cancelled() || worker.done != question_; });
    if (stopping_.cancelled()) return;
    const std::uint64_t question = question_;
    const SignedCheckpoint head = head_;
    lock.unlock();
    const Stop stop =
        stopping_.stop().with_deadline(clock_, clock_.monotonic() + limits::kWitnessWaitMax);
    WitnessAnswer answer = worker.client.ask(head, stop);
    lock.lock();
    worker.done = question;
    worker.answer = std::move(answer);
    if (worker.answer.shown) worker.shown = worker.answer.shown;
    answered_.notify_all();
  }
}

bool HttpWitnesses::all_done() const {
  return std::ranges::all_of(workers_, [this](const auto& one) { return one->done == question_; });
}

std::vector<tlog::NoteSignature> HttpWitnesses::signatures() const {
  std::vector<tlog::NoteSignature> out;
  for (const auto& worker : workers_)
    if (worker->done == question_ && worker->answer.signature)
      out.push_back(*worker->answer.signature);
  return out;
}

Cosigned HttpWitnesses::gather() {
  Cosigned out{.signatures = signatures()};
  for (const auto& worker : workers_) {
    const std::string name = printable(worker->client.witness().name);
    if (worker->done != question_)
      out.problems.push_back(fmt::format("{} has not answered", name));
    else if (!worker->answer.problem.empty())
      out.problems.push_back(fmt::format("{} {}", name, worker->answer.problem));
    if (auto ahead = judge(*worker)) out.ahead = std::move(ahead);
  }
  return out;
}

// By what the log has now: an honest one has overtaken what a late answer shows.
std::optional<Error> HttpWitnesses::judge(Worker& worker) const {
  if (!worker.shown) return std::nullopt;
  const auto judged = is_another_history(*worker.shown, head_, prove_);
  if (!judged) return std::nullopt;  // the disk refuses; it is judged the next time
  const std::uint64_t size = worker.shown->checkpoint.head.size;
  if (!*judged) {
    worker.shown.reset();
    return std::nullopt;
  }
  return Error{Code::Corrupt,
               fmt::format("{} holds a checkpoint of {} entries that this log signed and that does "
                           "not lead to what it has now",
                           printable(worker.client.witness().name), size),
               "the log was rolled back: restore it from a newer backup, or start a new log; it "
               "must not sign any more"};
}

Cosigned HttpWitnesses::collect(const SignedCheckpoint& head, const Enough& enough,
                                const Stop& stop) {
  std::unique_lock lock(mutex_);
  ++question_;
  head_ = head;
  asked_.notify_all();
  const MonotonicTime begin = clock_.monotonic();
  MonotonicTime until = begin + limits::kWitnessWaitMax;
  bool is_enough = false;
  while (!all_done() && clock_.monotonic() < until && stop.check()) {
    if (!is_enough && enough(signatures())) {
      is_enough = true;
      until = std::min(until, clock_.monotonic() + kGrace);
    }
    answered_.wait_for(lock, kLookEvery);
  }
  return gather();
}

}  // namespace tegula::logserver

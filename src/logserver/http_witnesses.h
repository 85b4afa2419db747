// The witnesses of a policy, asked side by side: one thread each, so that one that hangs holds up
// nobody.
//
// Thread rule: collect from one thread at a time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "logserver/cosigners.h"
#include "logserver/witness_client.h"

namespace tegula::logserver {

class HttpWitnesses final : public Cosigners {
 public:
  // Of all witnesses of the policy that have a URL. What is passed by reference, and what `prove`
  // uses, must outlive it; `prove` is called on several threads.
  HttpWitnesses(const tlog::Policy& policy, const tlog::NoteKey& log, net::Transport& transport,
                const Clock& clock, const WitnessClient::Prove& prove);
  ~HttpWitnesses() override;

  Cosigned collect(const SignedCheckpoint& head, const Enough& enough, const Stop& stop) override;

 private:
  struct Worker {
    WitnessClient client;
    std::thread thread{};
    std::uint64_t done = 0;  // the last question that it has answered; guarded by mutex_
    WitnessAnswer answer{};  // guarded by mutex_

    // Stays until it was judged, since proof may come later than the quorum; guarded by mutex_.
    std::optional<SignedCheckpoint> shown{};
  };

  void work(Worker& worker);
  std::vector<tlog::NoteSignature> signatures() const;
  Cosigned gather();
  std::optional<Error> judge(Worker& worker) const;
  bool all_done() const;

  const Clock& clock_;
  const WitnessClient::Prove prove_;
  StopSource stopping_;
  std::mutex mutex_;
  std::condition_variable asked_, answered_;
  std::uint64_t question_ = 0;  // its number; guarded by mutex_
  SignedCheckpoint head_;       // guarded by mutex_
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace tegula::logserver

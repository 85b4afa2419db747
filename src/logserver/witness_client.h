// A log's side of one witness: asks it to cosign, with the proof that it needs.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "logserver/cosigners.h"
#include "net/transport.h"
#include "tlog/policy.h"

namespace tegula::logserver {

struct WitnessAnswer {
  std::optional<tlog::NoteSignature> signature{};  // checked
  std::string problem{};                           // why there is none

  // What it holds of this log, with our own signature, where it says that we are behind or another
  // history. A witness's word alone stops nobody; this may (is_another_history).
  std::optional<SignedCheckpoint> shown{};
};

class WitnessClient {
 public:
  using Prove = std::function<Result<tlog::Proof>(std::uint64_t old_size, std::uint64_t size)>;

  // `witness` has a URL: what stands before "/add-checkpoint". Transport and `prove` must outlive
  // it.
  WitnessClient(const tlog::PolicyWitness& witness, tlog::NoteKey log, net::Transport& transport,
                Prove prove)
      : witness_(witness), log_(std::move(log)), transport_(transport), prove_(std::move(prove)) {}

  const tlog::PolicyWitness& witness() const { return witness_; }

  WitnessAnswer ask(const SignedCheckpoint& head, const Stop& stop);

 private:
  struct Reply {
    int status = 0;
    std::string body;
  };

  Result<Reply> send(const SignedCheckpoint& head, const Stop& stop);
  Result<tlog::NoteSignature> read_signature(const SignedCheckpoint& head,
                                             std::string_view body) const;
  WitnessAnswer doubt(std::string problem, const Stop& stop);
  Result<SignedCheckpoint> ask_what_it_shows(const Stop& stop);

  const tlog::PolicyWitness witness_;
  const tlog::NoteKey log_;
  net::Transport& transport_;
  const Prove prove_;
  std::uint64_t seen_ = 0;  // what it has seen last, as far as we know
};

// Our own signature over more than we have, or over something else, is proof that this log was
// rolled back. `head` is what it has now, not what it had when the witness was asked. Errors: those
// of `prove`.
Result<bool> is_another_history(const SignedCheckpoint& shown, const SignedCheckpoint& head,
                                const WitnessClient::Prove& prove);

}  // namespace tegula::logserver

// Who cosigns a log's checkpoints before they are published: witnesses elsewhere
// (witness_client.h), none, or a test's.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/stop.h"
#include "logserver/signing_record.h"

namespace tegula::logserver {

struct Cosigned {
  std::vector<tlog::NoteSignature> signatures{};  // by witnesses, not yet checked
  std::vector<std::string> problems{};            // of those that did not sign, a sentence each

  // A witness has seen more of this log than the log has: it was rolled back, and whatever it signs
  // now may be a second history.
  std::optional<Error> ahead{};
};

class Cosigners {
 public:
  virtual ~Cosigners() = default;

  // Returns when these signatures are enough, when nobody is left to ask, or when `stop` says so.
  using Enough = std::function<bool(const std::vector<tlog::NoteSignature>&)>;
  virtual Cosigned collect(const SignedCheckpoint& head, const Enough& enough,
                           const Stop& stop) = 0;
};

class NoCosigners final : public Cosigners {
 public:
  Cosigned collect(const SignedCheckpoint&, const Enough&, const Stop&) override { return {}; }
};

}  // namespace tegula::logserver

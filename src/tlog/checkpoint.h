// Checkpoints: what a log says about its tree (C2SP tlog-checkpoint v1.0.0;
// docs/reference/checkpoint.md). The text of a signed note:
//
//   example.com/log                                 origin
//   20852163                                        size
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    root
//
// Thread rule: values. Errors: Corrupt for what is no checkpoint, Exhausted past a limit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tlog/merkle.h"

namespace tegula::tlog {

struct Checkpoint {
  std::string origin;  // the log's name
  TreeHead head{};
  std::vector<std::string> extensions{};  // lines behind the root; no monitor can check them

  bool operator==(const Checkpoint&) const = default;
};

// Exactly the texts that encode writes.
Result<Checkpoint> parse_checkpoint(std::string_view text);
std::string encode(const Checkpoint& checkpoint);

}  // namespace tegula::tlog

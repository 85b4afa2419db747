// The digest of a blob whose pieces arrive in any order: a thread follows the part from the start
// that is complete, and has the disk write it, so that little of either is left when the last piece
// is there.
//
// Thread rule: grow() from any thread; the others from one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "content/digest.h"
#include "os/file_system.h"

namespace tegula::content {

class PrefixHasher {
 public:
  // `file` must outlive it.
  explicit PrefixHasher(const os::File& file);
  ~PrefixHasher();  // gives up what it was at

  // The first `bytes` bytes are final. Never less than before.
  void grow(std::uint64_t bytes);

  // The digest of what it was last told of. Ends the thread.
  Result<Digest> finish();

 private:
  void follow();
  void end(bool give_up);

  const os::File& file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t ready_ = 0;  // guarded by mutex_, as are the next two
  bool ended_ = false;       // nothing follows
  bool gave_up_ = false;
  crypto::Sha256 sha_;   // the thread's, until it has ended; so is the next
  Result<void> read_{};  // how its reading went
  std::thread thread_;
};

}  // namespace tegula::content

#include "tensor/pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace tegula::tensor {
namespace {

constexpr std::size_t kThreadsMax = 64;
constexpr std::size_t kBuffersPerThread = 2;

// Parts between the threads that make them and the one that takes them. Part i lives in slot
// i % slots; a thread starts on it only when the part before it in that slot was taken.
class Ring {
 public:
  Ring(std::uint64_t count, std::size_t slots) : count_(count), slots_(slots) {}

  // Work of one thread: makes parts until there are none left.
  void work(const MakePart& make) {
    while (const std::optional<std::uint64_t> index = start()) {
      Slot& slot = slots_[*index % slots_.size()];
      slot.bytes.clear();
      Result<void> done = make(*index, slot.bytes);
      const std::scoped_lock lock(mutex_);
      slot.result = std::move(done);
      slot.ready = true;
      changed_.notify_all();
    }
  }

  Result<void> take_all(const TakePart& take, const Stop& stop) {
    for (std::uint64_t i = 0; i < count_; ++i) {
      Slot& slot = slots_[i % slots_.size()];
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return slot.ready; });
      }
      TRY(std::move(slot.result));
      TRY(stop.check());
      TRY(take(i, slot.bytes));
      const std::scoped_lock lock(mutex_);
      slot.ready = false;
      ++taken_;
      changed_.notify_all();
    }
    return {};
  }

  // The threads finish what they are at and start nothing more.
  void end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  struct Slot {
    Bytes bytes;
    Result<void> result;
    bool ready = false;
  };

  std::optional<std::uint64_t> start() {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [&] { return ended_ || started_ == count_ || started_ < taken_ + slots_.size(); });
    if (ended_ || started_ == count_) return {};
    return started_++;
  }

  const std::uint64_t count_;
  std::vector<Slot> slots_;  // bytes and result: of the thread at work on them until ready
  std::mutex mutex_;         // guards ready of each slot and all below
  std::condition_variable changed_;
  std::uint64_t started_ = 0;
  std::uint64_t taken_ = 0;
  bool ended_ = false;
};

Result<void> make_alone(std::uint64_t count, const MakePart& make, const TakePart& take,
                        const Stop& stop) {
  Bytes part;
  for (std::uint64_t i = 0; i < count; ++i) {
    part.clear();
    TRY(make(i, part));
    TRY(stop.check());
    TRY(take(i, part));
  }
  return {};
}

}  // namespace

Result<void> BytesSink::append(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> FolderSink::put(std::string_view name, std::string_view text) {
  TRY(begin(name));
  TRY(append(bytes_of(text)));
  return end();
}

Result<void> make_in_order(std::uint64_t count, std::size_t threads, const MakePart& make,
                           const TakePart& take, const Stop& stop) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min({threads, kThreadsMax, static_cast<std::size_t>(count)});
  if (threads < 2) return make_alone(count, make, take, stop);
  Ring ring(count, threads * kBuffersPerThread);
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < threads; ++i) workers.emplace_back([&] { ring.work(make); });
  Result<void> done = ring.take_all(take, stop);
  ring.end();
  return done;
}

}  // namespace tegula::tensor

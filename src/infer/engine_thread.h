// A thread that runs the engine's library, what it is given, and the messages it sends. Internal to
// infer.
//
// Thread rule: one thread at a time, why_it_ended() apart.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "infer/engine_folder.h"
#include "infer/engine_messages.h"
#include "infer/protocol.h"
#include "os/descriptor.h"

namespace tegula::infer {

class EngineThread {
 public:
  static Result<std::unique_ptr<EngineThread>> start(ServeFunction* serve, const Order& order,
                                                     EngineFolder folder, const Clock& clock);
  ~EngineThread();  // waits for its end, then removes its folder

  // The next message; Unavailable if it ended instead.
  Result<Message> next_message(const Stop& stop);

  // If it has ended, or does within a moment: how.
  std::optional<Error> why_it_ended();

  std::string socket_path() const { return folder_.socket_path(); }

 private:
  EngineThread(EngineFolder folder, const Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}

  void run(ServeFunction* serve, os::Descriptor control);

  EngineFolder folder_;
  const Clock& clock_;
  os::Descriptor order_;
  os::Descriptor folder_descriptor_;
  os::Pipe end_;      // the thread ends when something is written here
  std::mutex mutex_;  // guards the messages once the engine answers
  EngineMessages messages_;
  std::thread thread_;
};

}  // namespace tegula::infer

#include "infer/engine_thread.h"

#include <signal.h>

namespace tegula::infer {

namespace {

constexpr std::chrono::milliseconds kMoment{500};  // between a broken connection and the end

// A thread that starts in this scope, and what it starts in turn, gets no signal but those of its
// own faults: signals are for the program's threads, and a closed connection is an error.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t blocked;
    ::sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
      ::sigdelset(&blocked, fault);
    ::pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Result<std::unique_ptr<EngineThread>> EngineThread::start(ServeFunction* serve, const Order& order,
                                                          EngineFolder folder, const Clock& clock) {
  std::unique_ptr<EngineThread> out(new EngineThread(std::move(folder), clock));
  out->order_ = TRY(os::create_anonymous_file(TRY(encode(order))));
  out->folder_descriptor_ = TRY(os::open_folder(out->folder_.path().string()));
  out->end_ = TRY(os::create_pipe());
  os::Pipe control = TRY(os::create_pipe());
  out->messages_ = EngineMessages(std::move(control.read));
  const WithoutSignals scope;
  out->thread_ = std::thread(&EngineThread::run, out.get(), serve, std::move(control.write));
  return out;
}

// Closing its end of the control pipe tells that it has ended.
void EngineThread::run(ServeFunction* serve, os::Descriptor control) {
  serve(order_.get(), control.get(), folder_descriptor_.get(), end_.read.get());
}

EngineThread::~EngineThread() {
  // Written rather than closed: a process that the program forked may hold the pipe open.
  if (!thread_.joinable()) return;
  (void)os::write_whole(end_.write.get(), "x");
  thread_.join();
}

Result<Message> EngineThread::next_message(const Stop& stop) {
  std::optional<Message> message = TRY(messages_.next(stop));
  if (message) return std::move(*message);
  return fail(Code::Unavailable, "the engine ended without a word");
}

std::optional<Error> EngineThread::why_it_ended() {
  const std::lock_guard lock(mutex_);
  const Stop moment = Stop().with_deadline(clock_, clock_.monotonic() + kMoment);
  Result<std::optional<Message>> message = messages_.next(moment);
  if (!message) return std::nullopt;
  Error out{Code::Unavailable, "the engine ended", {}};
  if (!message->has_value()) return out;
  if (const auto* const failed = std::get_if<FailedMessage>(&**message))
    out.text += ": " + failed->error.text;
  return out;
}

}  // namespace tegula::infer

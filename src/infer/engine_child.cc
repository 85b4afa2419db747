#include "infer/engine_child.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include "base/limits.h"
#include "infer/members.h"

namespace tegula::infer {

namespace {

constexpr std::size_t kTailBytes = 8 * 1024;
constexpr std::chrono::milliseconds kMoment{500};  // between a broken connection and the exit
constexpr std::chrono::seconds kGrace{2};

std::uint64_t network_namespace() {
  struct stat state = {};
  return ::stat("/proc/self/ns/net", &state) == 0 ? state.st_ino : 0;
}

// Replaces the descriptors in the settings by the child's numbers and lists ours in that order.
std::vector<int> hand_over_files(EngineSettings& settings) {
  std::vector<int> files;
  const auto hand_over = [&](int& descriptor) {
    if (descriptor < 0) return;
    files.push_back(descriptor);
    descriptor = kChildFirstFile + static_cast<int>(files.size()) - 1;
  };
  hand_over(settings.model);
  for (AdapterFile& adapter : settings.adapters) hand_over(adapter.descriptor);
  hand_over(settings.projector);
  hand_over(settings.draft_model);
  return files;
}

}  // namespace

void EngineLog::take(std::string_view text) {
  tail_.append(text);
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (path_.empty()) return;
  if (!file_.is_open()) {
    std::error_code ignored;
    file_bytes_ =
        std::filesystem::exists(path_, ignored) ? std::filesystem::file_size(path_, ignored) : 0;
    file_.open(path_, std::ios::app | std::ios::binary);
  }
  if (file_bytes_ + text.size() > limits::kEngineLogBytesMax) {
    std::error_code ignored;
    std::filesystem::rename(path_, path_.string() + ".1", ignored);
    file_.close();
    file_.open(path_, std::ios::trunc | std::ios::binary);
    file_bytes_ = 0;
  }
  file_ << text << std::flush;
  file_bytes_ += text.size();
}

std::string EngineLog::last_words() const {
  std::string_view rest = tail_;
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  std::size_t start = rest.size();
  for (int lines = 0; lines < 3 && start != std::string_view::npos && start > 0; ++lines)
    start = rest.rfind('\n', start - 1);
  return printable(start == std::string_view::npos ? rest : rest.substr(start), 600);
}

Result<std::unique_ptr<EngineChild>> EngineChild::start(Order order, const EngineHost& host) {
  std::unique_ptr<EngineChild> child(new EngineChild);
  child->log_file_ = host.log_file;
  child->log_ = std::make_unique<EngineLog>(host.log_file);
  child->folder_ = TRY(EngineFolder::make(host.run_folder, *host.random));
  const os::Descriptor folder = TRY(os::open_folder(child->folder_.path().string()));
  os::Pipe log = TRY(os::create_pipe());
  os::Pipe control = TRY(os::create_pipe());

  const std::vector<int> files = hand_over_files(order.settings);
  order.parent_network = network_namespace();
  const os::Descriptor settings = TRY(os::create_anonymous_file(TRY(encode(order))));
  os::ProcessSpec spec{.program = host.program, .environment = host.environment};
  spec.environment.push_back("LC_ALL=C.UTF-8");
  spec.descriptors = {
      -1, log.write.get(), log.write.get(), settings.get(), control.write.get(), folder.get()};
  spec.descriptors.insert(spec.descriptors.end(), files.begin(), files.end());

  std::promise<Result<int>> promise;
  std::future<Result<int>> started = promise.get_future();
  child->keeper_ = std::thread(&EngineChild::keep, child.get(), std::move(spec),
                               std::move(log.read), std::move(promise));
  child->process_id_ = TRY(started.get());
  child->messages_ = EngineMessages(std::move(control.read));
  return child;
}

void EngineChild::keep(os::ProcessSpec spec, os::Descriptor log,
                       std::promise<Result<int>> started) {
  Result<os::Process> process = os::Process::spawn(spec);
  if (!process) {
    started.set_value(std::unexpected(std::move(process).error()));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    process_.emplace(std::move(*process));
  }
  started.set_value(process_->id());

  char buffer[4096];
  while (true) {
    const Result<std::size_t> got = os::read_some(log.get(), buffer, sizeof buffer, {});
    if (!got || *got == 0) break;
    const std::lock_guard lock(mutex_);
    log_->take({buffer, *got});
  }
  const Result<os::ExitStatus> status = process_->wait();
  const std::lock_guard lock(mutex_);
  status_ = status.value_or(os::ExitStatus{.code = 255});
  ended_.notify_all();
}

EngineChild::~EngineChild() {
  messages_.close();  // the engine ends when nobody reads them
  if (process_id_ >= 0 && !wait_for_end(kGrace)) process_->kill();
  if (keeper_.joinable()) keeper_.join();
}

bool EngineChild::wait_for_end(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, most, [&] { return status_.has_value(); });
}

bool EngineChild::ended_well() { return wait_for_end(kGrace) && status_->ok(); }

Error EngineChild::death() const {
  std::string text = fmt::format("the engine {}", os::describe(*status_));
  const std::string words = log_->last_words();
  if (!words.empty()) text += ": " + words;
  return {Code::Unavailable, std::move(text),
          log_file_.empty() ? "" : fmt::format("its log is {}", log_file_.string())};
}

std::optional<Error> EngineChild::why_it_ended() {
  if (!wait_for_end(kMoment)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return death();
}

Result<Message> EngineChild::next_message(const Stop& stop) {
  std::optional<Message> message = TRY(messages_.next(stop));
  if (message) return std::move(*message);
  std::optional<Error> why = why_it_ended();
  if (why) return std::unexpected(std::move(*why));
  return fail(Code::Unavailable, "the engine stopped talking");
}

}  // namespace tegula::infer

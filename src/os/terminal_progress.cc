#include "os/terminal_progress.h"

#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/printable.h"
#include "os/terminal.h"

namespace tegula::os {
namespace {

constexpr auto kRedrawAfter = std::chrono::milliseconds(100);
constexpr unsigned kBarColumns = 24;

std::string bar(double fraction) {
  const auto full = static_cast<unsigned>(fraction * kBarColumns);
  return fmt::format("[{:#<{}}{:.<{}}]", "", full, "", kBarColumns - full);
}

// Bytes a second, and what they leave to wait for.
std::string pace(const ProgressState& state) {
  if (state.seconds < 0.5 || state.done <= state.earlier) return {};
  const double rate = static_cast<double>(state.done - state.earlier) / state.seconds;
  std::string out = fmt::format(", {}/s", human_bytes(static_cast<std::uint64_t>(rate)));
  if (state.total <= state.done || state.seconds < 1) return out;
  const auto left =
      static_cast<std::uint64_t>(static_cast<double>(state.total - state.done) / rate);
  return out + fmt::format(", {}:{:02} left", left / 60, left % 60);
}

std::string amount(const ProgressState& state, bool with_bar) {
  if (state.total == 0) return state.done == 0 ? " ..." : " " + human_bytes(state.done);
  const double fraction =
      std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.total));
  return fmt::format("{} {:3.0f} % of {}", with_bar ? " " + bar(fraction) : "", fraction * 100,
                     human_bytes(state.total));
}

// No character of UTF-8 takes more columns than bytes, so bytes are a safe measure.
void cut(std::string& text, std::size_t columns) {
  if (text.size() <= columns) return;
  while (columns > 0 && (static_cast<unsigned char>(text[columns]) & 0xC0) == 0x80) --columns;
  text.resize(columns);
}

void put(int descriptor, std::string_view text) {
  // A bar that cannot be drawn is no error.
  [[maybe_unused]] const auto written = write(descriptor, text.data(), text.size());
}

}  // namespace

std::string progress_line(const ProgressState& state, unsigned columns) {
  const std::size_t width = columns > 0 ? columns - 1 : 0;  // the last column would wrap
  std::string step(state.step);
  const std::string rate = pace(state);
  std::string rest = amount(state, true) + rate;
  if (step.size() + rest.size() > width) rest = amount(state, false) + rate;
  if (step.size() + rest.size() > width) cut(step, width - std::min(width, rest.size()));
  std::string out = step + rest;
  cut(out, width);
  return out;
}

TerminalProgress::TerminalProgress(const Clock& clock, int descriptor, bool wanted)
    : clock_(clock), descriptor_(descriptor), enabled_(wanted && is_terminal(descriptor)) {}

TerminalProgress::~TerminalProgress() { end(); }

void TerminalProgress::begin(std::string_view step, std::uint64_t total) {
  if (!enabled_) return;
  const std::lock_guard lock(mutex_);
  wipe();
  step_ = printable(step);  // it may hold a file's name, and names may hold anything
  total_ = total;
  earlier_.reset();
  done_ = 0;
  begun_ = drawn_ = clock_.monotonic();
  // Work of unknown length may never report: say at once what is being done.
  if (total == 0) draw();
}

void TerminalProgress::advance(std::uint64_t bytes) {
  if (!enabled_) return;
  done_ += bytes;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock && !earlier_) earlier_ = done_;
  if (lock && clock_.monotonic() - drawn_ >= kRedrawAfter) draw();
}

void TerminalProgress::end() {
  if (!enabled_) return;
  const std::lock_guard lock(mutex_);
  wipe();
}

void TerminalProgress::draw() {
  const MonotonicTime now = clock_.monotonic();
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  put(descriptor_, "\r\x1b[K" + progress_line({step_, done_, total_, seconds, earlier_.value_or(0)},
                                              terminal_columns(descriptor_)));
  drawn_ = now;
  visible_ = true;
}

void TerminalProgress::wipe() {
  if (visible_) put(descriptor_, "\r\x1b[K");
  visible_ = false;
}

}  // namespace tegula::os

// The C++ face of tegula.h: the same library with owners, values and std::expected. Everything here
// is inline, so that the stable ABI is that of the C interface.
//
// Errors are values; nothing throws but std::bad_alloc. Functions given to a Watch or to ask() must
// not throw. Threads: as tegula.h says. Needs C++23 and a library of the header's version or newer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tegula/tegula.h>

namespace tegula::sdk {

struct Error {
  tegula_code code = TEGULA_INTERNAL;
  std::string text;
  std::string hint;
};

template <class T>
using Result = std::expected<T, Error>;

namespace detail {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};

template <class T, auto kFree>
using Owned = std::unique_ptr<T, Free<kFree>>;

inline Result<void> result_of(tegula_error* given) {
  if (given == nullptr) return {};
  const Owned<tegula_error, tegula_error_free> error(given);
  return std::unexpected(
      Error{tegula_error_code(given), tegula_error_text(given), tegula_error_hint(given)});
}

// For the C interface, in which null stands for what is not said.
inline const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace detail

// Ends what it was given to. A value's owner may cancel it from any thread.
class Stop {
 public:
  Stop() : handle_(tegula_stop_new()) {
    if (handle_ == nullptr) throw std::bad_alloc();
  }
  void cancel() noexcept { tegula_stop_cancel(handle_.get()); }
  void reset() noexcept { tegula_stop_reset(handle_.get()); }
  const tegula_stop* get() const noexcept { return handle_.get(); }

 private:
  detail::Owned<tegula_stop, tegula_stop_free> handle_;
};

// What long work reports to; all of it may be left out. Called one call at a time, on any thread.
struct Watch {
  std::function<void(std::string_view step, std::uint64_t done, std::uint64_t total)> progress{};
  std::function<void(std::string_view text)> warning{};
  const Stop* stop = nullptr;
};

namespace detail {

// Borrows the Watch.
inline tegula_watch c_watch(const Watch& watch) {
  tegula_watch out = TEGULA_WATCH_INIT;
  out.user = const_cast<Watch*>(&watch);
  out.progress = [](void* user, const char* step, std::uint64_t done,
                    std::uint64_t total) noexcept {
    const auto& own = *static_cast<const Watch*>(user);
    if (own.progress) own.progress(step, done, total);
  };
  out.warning = [](void* user, const char* text) noexcept {
    const auto& own = *static_cast<const Watch*>(user);
    if (own.warning) own.warning(text);
  };
  out.stop = watch.stop != nullptr ? watch.stop->get() : nullptr;
  return out;
}

}  // namespace detail

struct Command {
  std::string name;  // "model" for FROM, a PARAMETER's own name
  std::string args;
  std::uint32_t line = 0;
};

class Modelfile {
 public:
  static Result<Modelfile> parse(std::string_view text,
                                 tegula_dialect dialect = TEGULA_DIALECT_TEGULA) {
    tegula_modelfile* out = nullptr;
    auto done = detail::result_of(tegula_modelfile_parse(text.data(), text.size(), dialect, &out));
    if (!done) return std::unexpected(std::move(done).error());
    return Modelfile(out);
  }

  std::vector<Command> commands() const {
    std::vector<Command> out;
    for (std::size_t i = 0; i < tegula_modelfile_count(handle_.get()); ++i) {
      const tegula_command* one = tegula_modelfile_command(handle_.get(), i);
      out.push_back({one->name, std::string(one->args, one->args_length), one->line});
    }
    return out;
  }

  Result<std::string> print() const {
    char* text = nullptr;
    auto done = detail::result_of(tegula_modelfile_print(handle_.get(), &text));
    if (!done) return std::unexpected(std::move(done).error());
    const detail::Owned<char, tegula_string_free> owned(text);
    return std::string(text);
  }

 private:
  explicit Modelfile(tegula_modelfile* handle) : handle_(handle) {}
  detail::Owned<tegula_modelfile, tegula_modelfile_free> handle_;
};

struct Layer {
  std::string path;
  std::string media_type;
  std::string digest;
  std::uint64_t bytes = 0;
};

// Reads the bytes of a layer from any place on.
class LayerReader {
 public:
  // Fills `into`; fewer bytes only at the layer's end. TEGULA_CORRUPT names layer and piece.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) {
    std::size_t length = 0;
    auto done = detail::result_of(
        tegula_reader_read(handle_.get(), offset, into.data(), into.size(), &length));
    if (!done) return std::unexpected(std::move(done).error());
    return length;
  }

 private:
  friend class Pack;
  explicit LayerReader(tegula_reader* handle) : handle_(handle) {}
  detail::Owned<tegula_reader, tegula_reader_free> handle_;
};

class Pack {
 public:
  std::string digest() const { return tegula_pack_digest(handle_.get()); }
  std::string manifest() const { return tegula_pack_manifest(handle_.get()); }  // JSON

  std::vector<Layer> layers() const {
    std::vector<Layer> out;
    for (std::size_t i = 0; i < tegula_pack_count(handle_.get()); ++i) {
      const tegula_layer* one = tegula_pack_layer(handle_.get(), i);
      out.push_back({one->path, one->media_type, one->digest, one->bytes});
    }
    return out;
  }

  // Reads every byte; TEGULA_CORRUPT names layer and piece.
  Result<void> verify(const Watch& watch = {}) const {
    const tegula_watch given = detail::c_watch(watch);
    return detail::result_of(tegula_pack_verify(handle_.get(), &given));
  }

  // For the bytes of one of layers(), which are checked as they are read.
  Result<LayerReader> reader(std::size_t index, const Watch& watch = {}) const {
    const tegula_watch given = detail::c_watch(watch);
    tegula_reader* out = nullptr;
    auto done = detail::result_of(tegula_pack_reader(handle_.get(), index, &given, &out));
    if (!done) return std::unexpected(std::move(done).error());
    return LayerReader(out);
  }

 private:
  friend class Home;
  explicit Pack(tegula_pack* handle) : handle_(handle) {}
  detail::Owned<tegula_pack, tegula_pack_free> handle_;
};

struct Answer {
  std::string text;
  std::string thinking;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t completion_tokens = 0;
  double ttft_ms = 0;
  double tokens_per_second = 0;
  std::string stop_reason;  // "stop", "length", "cancelled"
};

using PieceSink = std::function<void(std::string_view text, bool thinking)>;

class Chat {
 public:
  Result<void> set_system(const std::string& text) {
    return detail::result_of(tegula_chat_set_system(handle_.get(), text.c_str()));
  }

  Result<void> set_parameter(const std::string& name, const std::string& value) {
    return detail::result_of(tegula_chat_set_parameter(handle_.get(), name.c_str(), value.c_str()));
  }

  Result<void> clear() { return detail::result_of(tegula_chat_clear(handle_.get())); }

  // Waits; each piece goes to the sink as it comes. A stopped answer is what there is.
  Result<Answer> ask(const std::string& prompt, const PieceSink& sink = {},
                     const Stop* stop = nullptr) {
    tegula_ask how = TEGULA_ASK_INIT;
    how.user = const_cast<PieceSink*>(&sink);
    how.piece = [](void* user, const char* text, std::size_t length, int thinking) noexcept {
      const auto& own = *static_cast<const PieceSink*>(user);
      if (own) own({text, length}, thinking != 0);
    };
    how.stop = stop != nullptr ? stop->get() : nullptr;
    tegula_answer* out = nullptr;
    auto done = detail::result_of(tegula_chat_ask(handle_.get(), prompt.c_str(), &how, &out));
    if (!done) return std::unexpected(std::move(done).error());
    const detail::Owned<tegula_answer, tegula_answer_free> owned(out);
    return Answer{out->text,    out->thinking,          out->prompt_tokens, out->completion_tokens,
                  out->ttft_ms, out->tokens_per_second, out->stop_reason};
  }

 private:
  friend class Engine;
  explicit Chat(tegula_chat* handle) : handle_(handle) {}
  detail::Owned<tegula_chat, tegula_chat_free> handle_;
};

struct Barrier {
  std::string name;
  bool enforced = false;
  std::string detail;
};

class Engine {
 public:
  std::string model() const { return tegula_engine_model(handle_.get()); }  // digest
  std::uint32_t context() const { return tegula_engine_context(handle_.get()); }

  std::vector<Barrier> perimeter() const {
    std::vector<Barrier> out;
    for (std::size_t i = 0; i < tegula_engine_barrier_count(handle_.get()); ++i) {
      const tegula_barrier* one = tegula_engine_barrier(handle_.get(), i);
      out.push_back({one->name, one->enforced != 0, one->detail});
    }
    return out;
  }

  Result<Chat> chat() {
    tegula_chat* out = nullptr;
    auto done = detail::result_of(tegula_chat_new(handle_.get(), &out));
    if (!done) return std::unexpected(std::move(done).error());
    return Chat(out);
  }

 private:
  friend class Home;
  explicit Engine(tegula_engine* handle) : handle_(handle) {}
  detail::Owned<tegula_engine, tegula_engine_free> handle_;
};

struct EngineOptions {
  std::uint32_t context = 0;  // tokens; 0: as the model says, else the largest that fits
  bool in_process = false;    // TEGULA_ENGINE_IN_PROCESS
};

struct Options {
  std::string home{};    // empty: $TEGULA_HOME, else the user's folders
  std::string engine{};  // empty: $TEGULA_ENGINE, else as installed
  std::uint64_t memory_bytes = 0;
  std::uint32_t threads = 0;
};

struct Model {
  std::string name;
  std::string digest;
};

struct BuildRequest {
  std::string path;         // a folder with a Modelfile or safetensors, or a GGUF file
  std::string modelfile{};  // empty: the folder's
  std::string name{};       // empty: after the folder or file
  bool locked = false;
  bool update = false;
};

struct Built {
  std::string name;
  std::string target;
  std::string digest;
  bool changed = false;
};

struct BuildResult {
  std::vector<Built> packs;  // at least one
  std::string lock;          // canonical JSON
  std::string id;
};

class Home {
 public:
  static Result<Home> open(const Options& options = {}) {
    tegula_options given = TEGULA_OPTIONS_INIT;
    given.home = detail::or_null(options.home);
    given.engine = detail::or_null(options.engine);
    given.memory_bytes = options.memory_bytes;
    given.threads = options.threads;
    tegula_home* out = nullptr;
    auto done = detail::result_of(tegula_home_open(&given, &out));
    if (!done) return std::unexpected(std::move(done).error());
    return Home(out);
  }

  Result<std::vector<Model>> models() {
    tegula_models* list = nullptr;
    auto done = detail::result_of(tegula_models_list(handle_.get(), &list));
    if (!done) return std::unexpected(std::move(done).error());
    const detail::Owned<tegula_models, tegula_models_free> owned(list);
    std::vector<Model> out;
    for (std::size_t i = 0; i < tegula_models_count(list); ++i) {
      const tegula_model* one = tegula_models_at(list, i);
      out.push_back({one->name, one->digest});
    }
    return out;
  }

  Result<BuildResult> build(const BuildRequest& request, const Watch& watch = {}) {
    tegula_build_request given = TEGULA_BUILD_REQUEST_INIT;
    given.path = request.path.c_str();
    given.modelfile = detail::or_null(request.modelfile);
    given.name = detail::or_null(request.name);
    given.flags =
        (request.locked ? TEGULA_BUILD_LOCKED : 0U) | (request.update ? TEGULA_BUILD_UPDATE : 0U);
    const tegula_watch seen = detail::c_watch(watch);
    tegula_build_result* result = nullptr;
    auto done = detail::result_of(tegula_build(handle_.get(), &given, &seen, &result));
    if (!done) return std::unexpected(std::move(done).error());
    const detail::Owned<tegula_build_result, tegula_build_result_free> owned(result);
    BuildResult out{{}, tegula_build_result_lock(result), tegula_build_result_id(result)};
    for (std::size_t i = 0; i < tegula_build_result_count(result); ++i) {
      const tegula_built* one = tegula_build_result_at(result, i);
      out.packs.push_back({one->name, one->target, one->digest, one->changed != 0});
    }
    return out;
  }

  Result<Pack> pack(const std::string& name) {
    tegula_pack* out = nullptr;
    auto done = detail::result_of(tegula_pack_open(handle_.get(), name.c_str(), &out));
    if (!done) return std::unexpected(std::move(done).error());
    return Pack(out);
  }

  // Verifies, and starts a process without network, or threads of this one.
  Result<Engine> start(const std::string& name, const EngineOptions& options = {},
                       const Watch& watch = {}) {
    tegula_engine_options given = TEGULA_ENGINE_OPTIONS_INIT;
    given.context = options.context;
    given.flags = options.in_process ? TEGULA_ENGINE_IN_PROCESS : 0U;
    const tegula_watch seen = detail::c_watch(watch);
    tegula_engine* out = nullptr;
    auto done =
        detail::result_of(tegula_engine_start(handle_.get(), name.c_str(), &given, &seen, &out));
    if (!done) return std::unexpected(std::move(done).error());
    return Engine(out);
  }

 private:
  explicit Home(tegula_home* handle) : handle_(handle) {}
  detail::Owned<tegula_home, tegula_home_free> handle_;
};

}  // namespace tegula::sdk

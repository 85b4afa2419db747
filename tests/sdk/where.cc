// Asks a model the same question in engines that run in several places, one after the other:
//   where MODEL QUESTION process|library…
// Each piece of each answer is a line; what encloses the engine goes to standard error. An engine
// that is asked for while one runs in this process is refused, and a stopped answer is cut short.
#include <iostream>

#include <tegula/tegula.hpp>

namespace {

using namespace tegula::sdk;

Result<void> ask(Chat& chat, const std::string& question) {
  std::string streamed;
  const auto answer = chat.ask(question, [&](std::string_view text, bool) {
    std::cout << text << "\n";
    streamed += text;
  });
  if (!answer) return std::unexpected(answer.error());
  if (answer->text != streamed)
    return std::unexpected(Error{TEGULA_INTERNAL, "the pieces are not the answer", {}});
  std::cout << answer->stop_reason << "\n\n";
  return {};
}

// Asks, stops, and asks again.
Result<void> talk(Engine& engine, const std::string& question) {
  auto chat = engine.chat();
  if (!chat) return std::unexpected(chat.error());
  if (auto done = ask(*chat, question); !done) return done;
  Stop stop;
  stop.cancel();
  const auto cut = chat->ask(question, {}, &stop);
  if (!cut) return std::unexpected(cut.error());
  if (cut->stop_reason != "cancelled")
    return std::unexpected(Error{TEGULA_INTERNAL, "the answer was not stopped", {}});
  return {};
}

Result<void> run(Home& home, const std::string& model, const std::string& question,
                 bool in_process) {
  auto engine = home.start(model, {.in_process = in_process});
  if (!engine) return std::unexpected(engine.error());
  for (const Barrier& barrier : engine->perimeter())
    std::cerr << barrier.name << " " << barrier.enforced << " " << barrier.detail << "\n";
  if (in_process && home.start(model, {.in_process = true}).error().code != TEGULA_UNAVAILABLE)
    return std::unexpected(Error{TEGULA_INTERNAL, "two engines run in one process", {}});
  return talk(*engine, question);
}

}  // namespace

int main(int argc, char** argv) {
  auto home = Home::open();
  auto done = home ? Result<void>() : std::unexpected(home.error());
  for (int i = 3; done && i < argc; ++i)
    done = run(*home, argv[1], argv[2], std::string_view(argv[i]) == "library");
  if (done) return 0;
  std::cerr << "where: " << tegula_code_name(done.error().code) << ": " << done.error().text
            << "\nhint: " << done.error().hint << "\n";
  return 1;
}

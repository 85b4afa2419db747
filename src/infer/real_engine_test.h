// For tests that drive the real engine: where it is, a place for it to run in, and what to ask it.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "infer/engine_process.h"
#include "os/temporary_folder.h"

namespace tegula::infer {

inline const PieceSink kIgnore = [](const Piece&) -> Result<void> { return {}; };

inline ChatRequest question(std::string text, std::int32_t num_predict = 16) {
  return {.messages = {{.role = "user", .content = std::move(text)}},
          .sampling = {.seed = 1, .temperature = 0, .num_predict = num_predict}};
}

// An answer that ends only when somebody ends it.
inline ChatRequest endless_question() {
  ChatRequest request = question("hello", -1);
  request.sampling.grammar = "root ::= \"a\" root";
  return request;
}

class RealEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const program = ::getenv("TEGULA_ENGINE");
    ASSERT_NE(program, nullptr) << "ctest sets TEGULA_ENGINE";
    program_ = program;
    ::chmod(folder_.path().c_str(), 0777);  // for tests that change the user
  }

  EngineHost host() {
    return {.program = program_,
            .run_folder = folder_.path(),
            .log_file = folder_ / ("log-" + std::to_string(::geteuid())),
            .clock = &clock_,
            .random = &random_};
  }

  os::TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::filesystem::path program_;
};

}  // namespace tegula::infer

// Every case of every file in $TEGULA_VECTORS/modelfile, in dialect ollama.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "modelfile/parser.h"
#include "modelfile/printer.h"

namespace tegula::modelfile {
namespace {

using nlohmann::json;

std::vector<json> read_cases() {
  const char* folder = std::getenv("TEGULA_VECTORS");
  if (folder == nullptr) return {};
  std::vector<json> cases;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(folder) + "/modelfile")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    const json vectors = json::parse(file);
    cases.insert(cases.end(), vectors.at("cases").begin(), vectors.at("cases").end());
  }
  return cases;
}

std::string decode_base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8)));
  }
  return bytes;
}

std::string input_of(const json& one) {
  if (one.contains("input_base64")) return decode_base64(one["input_base64"].get<std::string>());
  return one.at("input").get<std::string>();
}

json commands_of(const Modelfile& modelfile) {
  json commands = json::array();
  for (const Command& command : modelfile.commands)
    commands.push_back({{"name", command.name}, {"args", command.args}});
  return commands;
}

void expect_refusal(const json& want, const std::expected<Modelfile, Diagnostic>& got) {
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().text, want.at("message").get<std::string>());
  if (want.contains("line")) {
    EXPECT_EQ(got.error().place.line, want["line"].get<int>());
  }
}

void expect_commands(const json& one, const std::expected<Modelfile, Diagnostic>& got) {
  ASSERT_TRUE(got.has_value()) << got.error().text;
  EXPECT_EQ(commands_of(*got), one.at("commands"));
  if (!one.contains("formatted")) return;
  const std::string printed = print_as_ollama(*got);
  EXPECT_EQ(printed, one["formatted"].get<std::string>());
  if (!one.contains("roundtrip")) return;
  const std::expected<Modelfile, Diagnostic> again = parse(printed, Dialect::Ollama);
  EXPECT_EQ(again && commands_of(*again) == one["commands"], one["roundtrip"].get<bool>());
}

TEST(ModelfileVectors, AgreeInDialectOllama) {
  const std::vector<json> cases = read_cases();
  ASSERT_FALSE(cases.empty());
  for (const json& one : cases) {
    SCOPED_TRACE(one.dump(-1, ' ', false, json::error_handler_t::replace));
    const std::expected<Modelfile, Diagnostic> got = parse(input_of(one), Dialect::Ollama);
    if (one.contains("error"))
      expect_refusal(one["error"], got);
    else
      expect_commands(one, got);
  }
}

// Upstream's own cases hold nothing that Ollama drops, so they mean the same in dialect tegula.
TEST(ModelfileVectors, MeanTheSameInDialectTegula) {
  for (const json& one : read_cases()) {
    if (one.value("source", "") != "upstream" || !one.contains("commands")) continue;
    SCOPED_TRACE(one.dump(-1, ' ', false, json::error_handler_t::replace));
    const std::expected<Modelfile, Diagnostic> got = parse(input_of(one));
    ASSERT_TRUE(got.has_value()) << got.error().text;
    EXPECT_EQ(commands_of(*got), one["commands"]);
    EXPECT_EQ(parse(print(*got).value()).value(), *got);
  }
}

}  // namespace
}  // namespace tegula::modelfile

#include "cli/arguments.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tegula::cli {
namespace {

const Command& command() {
  static const Command kCommand = {
      .words = "run",
      .summary = "Run",
      .text = "",
      .positionals = {{.name = "MODEL", .help = ""},
                      {.name = "PROMPT", .help = "", .optional = true}},
      .flags = {{.name = "json", .help = ""},
                {.name = "seed", .letter = 's', .value = "N", .help = ""},
                {.name = "temperature", .value = "T", .help = ""},
                {.name = "adapter", .value = "FILE", .help = "", .repeats = true},
                {.name = "update", .value = "INPUT", .bare = true, .help = ""}}};
  return kCommand;
}

Result<Arguments> parse(std::vector<std::string> words) {
  return Arguments::parse(command(), words);
}

TEST(Arguments, ReadsFlagsAndPositionalsInAnyOrder) {
  const Arguments arguments =
      parse({"--json", "starter", "-s", "7", "What is 2 + 2?", "--adapter", "a", "--adapter=b"})
          .value();
  EXPECT_TRUE(arguments.has("json"));
  EXPECT_EQ(arguments.positional(0), "starter");
  EXPECT_EQ(arguments.positional(1), "What is 2 + 2?");
  EXPECT_EQ(arguments.positional(2), "");
  EXPECT_EQ(arguments.values("adapter"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(arguments.integer("seed", 0, 10).value(), 7);
  EXPECT_EQ(arguments.number("temperature", 0, 2).value(), std::nullopt);
}

TEST(Arguments, AValueMayBeLeftOut) {
  EXPECT_EQ(parse({"--update", "starter"})->values("update"), std::vector<std::string>{""});
  EXPECT_EQ(parse({"--update", "starter"})->positional(0), "starter");
  EXPECT_EQ(parse({"starter", "--update=a", "--update=b"})->values("update"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parse({"starter"})->values("update").empty());
}

TEST(Arguments, TakesDashesAfterTheSeparator) {
  EXPECT_EQ(parse({"starter", "--", "--json"})->positional(1), "--json");
}

TEST(Arguments, RefusesWhatIsNotThere) {
  EXPECT_EQ(parse({}).error().text, "MODEL is missing");
  EXPECT_EQ(parse({"a", "b", "c"}).error().code, Code::InvalidArgument);
  EXPECT_EQ(parse({"a", "--sede", "1"}).error().hint, "did you mean --seed?");
  EXPECT_EQ(parse({"a", "--xyzzy"}).error().text, "unknown option \"--xyzzy\"");
  const std::pair<std::vector<std::string>, std::string_view> cases[] = {
      {{"a", "--seed"}, "--seed needs a value: N"},
      {{"a", "-s"}, "--seed needs a value: N"},
      {{"a", "--json=1"}, "--json takes no value"},
      {{"a", "--jso"}, "unknown option \"--jso\""},
      {{"a", "--see=1"}, "unknown option \"--see\""},
      {{"a", "--see", "1"}, "unknown option \"--see\""},
      {{"a", "-x"}, "unknown option \"-x\""},
      {{"a", "-é"}, "unknown option \"-é\""},
      {{"a", "--=x"}, "unknown option \"--\""},
  };
  for (const auto& [words, text] : cases) EXPECT_EQ(parse(words).error().text, text);
}

TEST(Arguments, TakesAValueInEveryForm) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"a", "-s", "7"}, {"a", "-s7"}, {"-s7", "a"}, {"a", "--seed", "7"}, {"a", "--seed=7"}})
    EXPECT_EQ(parse(words)->value("seed"), "7");
  EXPECT_EQ(parse({"a", "--seed", "-1"})->value("seed"), "-1");
  EXPECT_EQ(parse({"a", "--seed", ""})->value("seed"), "");
  EXPECT_EQ(parse({"-", ""})->positionals().size(), 2U);
}

TEST(Arguments, HoldsNumbersToTheirRange) {
  for (const char* bad : {"11", "-1", "x", "1x", "9999999999999999999999"})
    EXPECT_FALSE(parse({"a", fmt::format("--seed={}", bad)}).value().integer("seed", 0, 10)) << bad;
  for (const char* bad : {"nan", "inf", "2.5", "1,5"})
    EXPECT_FALSE(parse({"a", "--temperature", bad})->number("temperature", 0, 2)) << bad;
  EXPECT_EQ(parse({"a", "--temperature", "0.5"})->number("temperature", 0, 2).value(), 0.5);
}

TEST(Arguments, KnowsHelp) { EXPECT_TRUE(parse({"--help"})->help()); }

}  // namespace
}  // namespace tegula::cli

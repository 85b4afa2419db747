#include "modelfile/printer.h"

#include <rapidcheck.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modelfile/parser.h"
#include "modelfile/schema.h"

namespace tegula::modelfile {
namespace {

using namespace std::string_view_literals;

Command command_of(Instruction instruction, std::string args) {
  return {instruction, std::string(info_of(instruction).name), std::move(args), {}, {}};
}

Modelfile with_system(std::string args) {
  return {{command_of(Instruction::From, "x"), command_of(Instruction::System, std::move(args))}};
}

TEST(Printer, TakesTheMostReadableForm) {
  struct Case {
    std::string_view value;
    std::string_view want;
  };
  const Case cases[] = {
      {"a", "SYSTEM a\n"},
      {"", "SYSTEM \"\"\n"},
      {" a", "SYSTEM \" a\"\n"},
      {"a\t", "SYSTEM \"a\t\"\n"},
      {"a \"b\"", "SYSTEM a \"b\"\n"},
      {"\"a\"", "SYSTEM \"\"a\"\"\n"},
      {"\"", "SYSTEM \"\"\"\"\"\"\"\n"},
      {"a\nb", "SYSTEM \"\"\"a\nb\"\"\"\n"},
      {"\n", "SYSTEM \"\"\"\n\"\"\"\n"},
      {"a\r\nb\r", "SYSTEM \"\"\"a\r\nb\r\"\"\"\n"},
      {"a\"\"\"\nb", "SYSTEM#\"a\"\"\"\nb\"#\n"},
      {"def f():\n  \"\"\"Doc.\"\"\"\n  return \"a\"\n\"b\"\n",
       "SYSTEM#\"def f():\n  \"\"\"Doc.\"\"\"\n  return \"a\"\n\"b\"\n\"#\n"},
      {"\"\"\"\n\"#", "SYSTEM##\"\"\"\"\n\"#\"##\n"},
      {"\u3000a", "SYSTEM \u3000a\n"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(print(with_system(std::string(c.value))).value(), "FROM x\n" + std::string(c.want));
}

TEST(Printer, PrintsEachInstruction) {
  const std::string text =
      "FROM a b\nADAPTER l\nPARAMETER stop \" \"\nPARAMETER from x\nMESSAGE user a: b\n"
      "MESSAGE system#\"\"\"\"\n\"\n\"#\nTARGET gguf quant=F16\nLABEL a=b\n";
  const Modelfile modelfile = parse(text).value();
  EXPECT_EQ(print(modelfile).value(), text);
}

TEST(Printer, RefusesWhatNoModelfileCanSay) {
  const Command cases[] = {
      {Instruction::Parameter, "", "1", {}, {}},
      {Instruction::Parameter, "a-b", "1", {}, {}},
      {Instruction::From, "from", "x", {}, {}},
      {Instruction::Message, "message", "user", {}, {}},
      {Instruction::Message, "message", "User: a", {}, {}},
      {Instruction::System, "system", "\xFF", {}, {}},
  };
  for (const Command& command : cases) EXPECT_FALSE(print(command).has_value()) << command.name;
}

// Values made of what quoting has to get right, more often than chance would.
rc::Gen<std::string> any_value() {
  const auto piece = rc::gen::element<std::string>(
      "\"", "\"\"", "\"\"\"", "\"\"\"\"", "\n", "\r", "\r\n", " ", "\t", "#", "\"#", "#\"", "'",
      "\\", "a", "FROM x", "\u3000", "\u200B", "\uFEFF", "\U0001F44B", std::string("\0", 1), ": ");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string value;
                        for (const std::string& one : pieces) value += one;
                        return value;
                      });
}

rc::Gen<Command> any_command() {
  return rc::gen::exec([] {
    const auto all = instructions();
    const InstructionInfo info = all[*rc::gen::inRange<std::size_t>(0, all.size())];
    Command command = command_of(info.instruction, *any_value());
    if (info.instruction == Instruction::Message)
      command.args.insert(0, *rc::gen::element<std::string>("user: ", "system: ", "assistant: "));
    if (info.instruction == Instruction::Parameter)
      command.name = *rc::gen::element<std::string>("stop", "_", "0", "message", "model", "Top_K");
    return command;
  });
}

rc::Gen<Modelfile> any_modelfile() {
  return rc::gen::map(rc::gen::container<std::vector<Command>>(any_command()),
                      [](std::vector<Command> commands) {
                        commands.push_back(command_of(Instruction::From, "x"));
                        return Modelfile{std::move(commands)};
                      });
}

TEST(Printer, IsReadBackAsTheSame) {
  EXPECT_TRUE(rc::check("parse(print(x)) == x", [] {
    const Modelfile modelfile = *any_modelfile();
    const auto again = parse(print(modelfile).value());
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == modelfile);
  }));
}

TEST(OllamaExport, IsReadBackByOllamaOrRefused) {
  EXPECT_TRUE(rc::check("parse(export(x), ollama) == x without TARGET and LABEL", [] {
    Modelfile modelfile = *any_modelfile();
    const auto exported = export_to_ollama(modelfile);
    if (!exported) {
      RC_ASSERT(exported.error().code == Code::Unsupported);
      return;
    }
    const std::size_t left_out = std::erase_if(modelfile.commands, [](const Command& command) {
      return !info_of(command.instruction).in_ollama;
    });
    RC_ASSERT(exported->warnings.size() == left_out);
    RC_ASSERT(parse(exported->text, Dialect::Ollama).value() == modelfile);
  }));
}

TEST(OllamaExport, NamesWhatItRefusesAndLeavesOut) {
  struct Case {
    std::string_view text;
    std::string_view want;
  };
  const Case cases[] = {
      {"FROM x\nSYSTEM a\u200Db", "SYSTEM: Ollama would drop U+200D"},
      {"FROM x\nSYSTEM \u3000a", "SYSTEM: Ollama would drop U+3000"},
      {"FROM x\nADAPTER a scale=0.5", "ADAPTER: Ollama has no scale of adapters"},
      {"FROM x\nADAPTER a\nADAPTER b", "ADAPTER: Ollama takes one adapter, the last"},
      {"FROM x\nTEMPLATE {{ messages[0]['content'] }}{% if x %}y{% endif %}",
       "TEMPLATE: this is Jinja, and Ollama's templates are Go's"},
      {"FROM x\nMESSAGE user#\"\"\"\"\n\"#", "MESSAGE user: Ollama has no quoting for this value"},
  };
  for (const Case& c : cases) {
    const auto exported = export_to_ollama(parse(c.text).value());
    ASSERT_FALSE(exported.has_value()) << c.text;
    EXPECT_EQ(exported.error().text, c.want);
    EXPECT_EQ(exported.error().place, parse(c.text)->commands.back().value_place);
  }
  const auto exported = export_to_ollama(parse("FROM x\nTARGET gguf\nSYSTEM#\" a\"#\n").value());
  ASSERT_TRUE(exported.has_value());
  EXPECT_EQ(exported->text, "FROM x\nSYSTEM \" a\"\n");
  ASSERT_EQ(exported->warnings.size(), 1U);
  EXPECT_EQ(exported->warnings[0].place.line, 2);
}

TEST(OllamaForm, IsPrintedByNameAndNotAlwaysReadBack) {
  const auto form = [](std::string_view text) {
    return print_as_ollama(parse(text, Dialect::Ollama).value());
  };
  EXPECT_EQ(form("from \" x \"\nmessage user \"\"\"a\nb\"\"\""),
            "FROM  x \nMESSAGE user \"a\nb\"\n");
  EXPECT_EQ(form("PARAMETER model x"), "FROM x\n");
  EXPECT_EQ(form("FROM x\nSYSTEM \"\"\"\"a\n\"\"\""), "FROM x\nSYSTEM \"\"\"\"a\n\"\"\"\n");
  EXPECT_EQ(form("FROM x\nPARAMETER stop \"a \""), "FROM x\nPARAMETER stop \"a \"\n");
}

}  // namespace
}  // namespace tegula::modelfile

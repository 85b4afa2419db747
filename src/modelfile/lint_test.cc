#include "modelfile/lint.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tegula::modelfile {
namespace {

std::vector<std::string> findings(std::string_view text, Dialect dialect = Dialect::Tegula) {
  std::vector<std::string> out;
  for (const Diagnostic& one : lint_text(text, dialect))
    out.push_back(std::to_string(one.place.line) + ":" + std::to_string(one.place.column) +
                  (one.severity == Severity::Error ? " error " : " warning ") + one.rule);
  return out;
}

TEST(Lint, IsSilentOnAGoodFile) {
  EXPECT_EQ(findings("FROM x\nPARAMETER temperature 0.7\nPARAMETER stop a\nPARAMETER stop b\n"
                     "SYSTEM \"\"\nTEMPLATE {{ bos_token }}\nLICENSE a\nLICENSE b\nADAPTER l\n"
                     "ADAPTER m\nREQUIRES v0.14.0\nTARGET gguf quant=Q4_K_M\nTARGET mlx\n"
                     "LABEL a=b\nMESSAGE user \U0001F468\u200D\U0001F469 \u0645\u200C\u0627\n"),
            std::vector<std::string>{});
}

TEST(Lint, FindsEachFault) {
  struct Case {
    std::string_view text;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {"", {"1:1 error no-from"}},
      {"FROM \"\"", {"1:1 error empty-value"}},
      {"FRM x", {"1:1 error unknown-instruction"}},
      {"FROM x\nADAPTER \"\"", {"2:10 error bad-adapter"}},
      {"FROM x\nADAPTER a scale=x", {"2:9 error bad-adapter"}},
      {"FROM x\nPARAMETER temprature 1", {"2:11 error unknown-parameter"}},
      {"FROM x\nPARAMETER top_k  a", {"2:18 error wrong-value"}},
      {"FROM x\nPARAMETER mirostat 1", {"2:11 error deprecated-parameter"}},
      {"FROM x\nPARAMETER seed 1\nPARAMETER seed 2", {"3:1 warning repeated"}},
      {"FROM x\nSYSTEM a\nSYSTEM b", {"3:1 warning repeated"}},
      {"FROM x\nLABEL a=b\nLABEL a c", {"3:1 warning repeated"}},
      {"FROM x\nRENDERER r", {"2:1 warning not-portable"}},
      {"FROM x\nPARSER r", {"2:1 warning not-portable"}},
      {"FROM x\nPARAMETER num_keep 4", {"2:1 warning no-effect"}},
      {"FROM x\nPARAMETER num_keep x", {"2:20 error wrong-value"}},
      {"FROM x\nREQUIRES new", {"2:10 error bad-requires"}},
      {"FROM x\nTARGET gguf quant=9", {"2:8 error bad-target"}},
      {"FROM x\nLABEL a", {"2:7 error bad-label"}},
      {"FROM x\nDRAFT x", {"2:7 error draft-is-base"}},
      {"FROM x\nTEMPLATE {{ .Nothing | html }}", {"2:10 error unusable-template"}},
      {"FROM x\nSYSTEM a\u202Eb", {"2:9 warning bidi-control"}},
      {"FROM x\nSYSTEM \"\"\"a\nb\u200B\n\"\"\"", {"3:2 warning invisible-character"}},
      {"FROM x\nMESSAGE user a\u200Db", {"2:15 warning invisible-character"}},
      {"FROM x\nSYSTEM a\x1B", {"2:9 warning invisible-character"}},
      {"FROM x\nSYSTEM a\uFE0F\uFE01", {"2:10 warning invisible-character"}},
      {"FROM x\nSYSTEM \U000E0041", {"2:8 warning invisible-character"}},
      {"FROM a\u00ADb", {"1:7 warning invisible-character"}},
  };
  for (const Case& c : cases) EXPECT_EQ(findings(c.text), c.want) << c.text;
}

TEST(Lint, WorksOnTheOtherDialect) {
  EXPECT_EQ(findings("FROM x\nPARAMETER  top_k 1", Dialect::Ollama),
            std::vector<std::string>{"2:1 error unknown-parameter"});
}

}  // namespace
}  // namespace tegula::modelfile

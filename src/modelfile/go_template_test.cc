#include "modelfile/go_template.h"

#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::modelfile {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

TEST(TemplateSyntax, IsRecognised) {
  struct Case {
    std::string_view text;
    TemplateSyntax want;
  };
  const Case cases[] = {
      {"", TemplateSyntax::Plain},
      {"Hello { } {", TemplateSyntax::Plain},
      {"{{ .Prompt }}", TemplateSyntax::Go},
      {"{{.Prompt}}", TemplateSyntax::Go},
      {"{{- range .Messages }}", TemplateSyntax::Go},
      {"{{ if .System }}", TemplateSyntax::Go},
      {"a {{/* b */}}", TemplateSyntax::Go},
      {"{{ $x := 1 }}", TemplateSyntax::Go},
      {"{{ x }}{{ .Prompt }}", TemplateSyntax::Go},
      {"{% for m in messages %}", TemplateSyntax::Jinja},
      {"{{ bos_token }}", TemplateSyntax::Jinja},
      {"{{ messages[0]['content'] }}", TemplateSyntax::Jinja},
      {"{{- '<s>' -}}", TemplateSyntax::Jinja},
      {"{{ ends }}", TemplateSyntax::Jinja},
  };
  for (const Case& c : cases) EXPECT_EQ(detect_template(c.text), c.want) << c.text;
}

TEST(GoTemplate, HasItsJinjaPiece) {
  struct Case {
    std::string_view text;
    std::string_view want;  // part of the result
  };
  const Case cases[] = {
      {"a'b\\c\n", "{{- 'a\\'b\\\\c\\n' -}}\n"},
      {"a \n{{- .Prompt -}}\n b", "{{- 'a' -}}\n{{- go.prompt -}}\n{{- 'b' -}}\n"},
      {"{{ .Prompt }}", "endfor -%}\n{{- go.prompt -}}\n{{- go.response -}}\n"},
      {"{{ range .Messages }}{{ .Role }}{{ end }}", "{%- for item1 in (go.messages or []) -%}"},
      {"{{ range .Messages }}{{ .Role }}{{ end }}a",
       "{%- if add_generation_prompt -%}\n{{- 'a' -}}\n"},
      {"{{ range .Messages }}{{ end }}{{ .System }}", "go.systems | join('\\n\\n')"},
      {"{{ range $i, $m := .Messages }}{{ $i }}{{ end }}", "{%- set go.i_4 = loop.index0 -%}"},
      {"{{ $a := \"x\" }}{{ $a }}{{ .Messages }}", "{%- set go.a_1 = 'x' -%}\n{{- go.a_1 -}}\n"},
      {"{{ if and .Prompt (not .System) }}{{ end }}", "{%- if (go.prompt and (not go.system)) -%}"},
      {"{{ if eq .Prompt \"a\" \"b\" }}{{ end }}", "{%- if (go.prompt in ['a', 'b']) -%}"},
      {"{{ if ge (len .Messages) 2 }}{{ else if lt 1 2 }}{{ end }}", "{%- elif (1 < 2) -%}"},
      {"{{ len (slice .Messages 1) }}", "{{- (go.messages[1:] | length) -}}"},
      {"{{ (index .Messages 0).Content }}", "{{- go.messages[0]['content'] -}}"},
      {"{{ .Prompt | printf \"%s!\" }}", "{{- ('' ~ go.prompt ~ '!') -}}"},
      {"{{ currentDate }}", "{{- strftime_now('%Y-%m-%d') -}}"},
      {"{{ eq 1 1 }}", "{{- ('true' if (1 == 1) else 'false') -}}"},
      {"{{ .Messages }}{{ .Tools }}", "{%- set go.tools = tools or [] -%}"},
      {"{{ range .Messages }}{{ .ToolCalls }}{{ end }}", "'tool_calls': message.tool_calls or []"},
      {"{{ with .Prompt }}{{ . }}{{ end }}", "{%- if go.with1 -%}"},
      {"a{{/* b }} c */}}d{{- /* e */ -}} f", "{{- 'a' -}}\n{{- 'd' -}}\n{{- 'f' -}}\n"},
      {"{{ \"\\u00e9\\n\" }}{{ `\\` }}", "{{- '\u00E9\\n' -}}\n{{- '\\\\' -}}\n"},
  };
  for (const Case& c : cases) {
    const Result<std::string> jinja = jinja_from_go_template(c.text);
    ASSERT_TRUE(jinja.has_value()) << c.text << ": " << jinja.error().text;
    EXPECT_NE(jinja->find(c.want), std::string::npos) << c.text << "\n" << *jinja;
  }
}

TEST(GoTemplate, StopsWhereTheAnswerBegins) {
  const std::string jinja = jinja_from_go_template("{{ .Prompt }}A{{ .Response }}B").value();
  const std::string last = jinja.substr(jinja.rfind("endfor"));
  EXPECT_EQ(last,
            "endfor -%}\n{{- go.prompt -}}\n{%- if add_generation_prompt or go.response -%}\n"
            "{{- 'A' -}}\n{%- endif -%}\n{{- go.response -}}\n");
}

TEST(GoTemplate, RefusesNamingConstructAndLine) {
  struct Case {
    std::string_view text;
    Code code;
    std::string_view want;
  };
  const Case cases[] = {
      {"a\n{{ .Prompt", Code::InvalidArgument, "template line 2: an action is never closed"},
      {"{{/* a", Code::InvalidArgument, "an action is never closed"},
      {"{{ \"a }}", Code::InvalidArgument, "an action is never closed"},
      {"{{ }}", Code::InvalidArgument, "an action ends too early"},
      {"{{ if }}{{ end }}", Code::InvalidArgument, "an action ends too early"},
      {"{{ if .Prompt }}\na", Code::InvalidArgument, "template line 1: a block without its end"},
      {"{{ end }}", Code::InvalidArgument, "end or else without its if"},
      {"{{ else }}", Code::InvalidArgument, "end or else without its if"},
      {"{{ if .Prompt }}{{ else }}{{ else }}{{ end }}", Code::InvalidArgument, "template line 1"},
      {"{{ range .Messages }}{{ else if .Prompt }}{{ end }}", Code::InvalidArgument,
       "only an if has else if"},
      {"{{ break }}", Code::InvalidArgument, "outside range"},
      {"{{ .Prompt .System }}", Code::InvalidArgument, "only a function can have arguments"},
      {"{{ .Prompt | .System }}", Code::InvalidArgument, "only a function can stand after |"},
      {"{{ $x }}", Code::InvalidArgument, "unknown variable $x"},
      {"{{ if $x := .Prompt }}{{ end }}{{ $x }}", Code::InvalidArgument, "unknown variable $x"},
      {"{{ (.Prompt }}", Code::InvalidArgument, "an action ends too early"},
      {"{{ .Prompt ! }}", Code::InvalidArgument, "unexpected \"!\""},
      {"{{ not }}", Code::InvalidArgument, "wrong number of arguments for not"},
      {"\n\n{{ define \"x\" }}{{ end }}", Code::Unsupported, "template line 3: can't use define"},
      {"{{ template \"x\" }}", Code::Unsupported, "can't use template"},
      {"{{ html .Prompt }}", Code::Unsupported, "can't use the function \"html\""},
      {"{{ toTypeScriptType . }}", Code::Unsupported, "can't use"},
      {"{{ . }}", Code::Unsupported, "can't use all values at once"},
      {"{{ .Foo }}", Code::Unsupported, "unknown value .Foo"},
      {"{{ range .Messages }}{{ .Foo }}{{ end }}", Code::Unsupported, "unknown field .Foo"},
      {"{{ range .Prompt }}{{ end }}", Code::Unsupported, "range needs a list or a map"},
      {"{{ printf \"%q\" .Prompt }}", Code::Unsupported, "can't use printf \"%q\""},
      {"{{ printf .Prompt }}", Code::Unsupported, "printf needs a string"},
      {"{{ \"\\xff\" }}", Code::Unsupported, "can't use the escape"},
      {"{{ range $m := .Messages }}{{ $m = 1 }}{{ end }}", Code::Unsupported, "can't assign to $m"},
      {"{{ if .Prompt }}{{ else with .System }}{{ end }}", Code::Unsupported, "else with"},
      {"{{ 0x10 }}", Code::Unsupported, "can't use the number"},
  };
  for (const Case& c : cases) {
    const Result<std::string> jinja = jinja_from_go_template(c.text);
    ASSERT_FALSE(jinja.has_value()) << c.text;
    EXPECT_EQ(jinja.error().code, c.code) << c.text << ": " << jinja.error().text;
    EXPECT_NE(jinja.error().text.find(c.want), std::string::npos)
        << c.text << ": " << jinja.error().text;
  }
}

TEST(GoTemplate, HasLimits) {
  const auto nested = [](std::size_t depth) {
    return jinja_from_go_template(repeat("{{ if .Prompt }}", depth) + repeat("{{ end }}", depth));
  };
  EXPECT_TRUE(nested(limits::kTemplateDepthMax).has_value());
  EXPECT_EQ(nested(limits::kTemplateDepthMax + 1).error().code, Code::Exhausted);

  const auto parentheses = [](std::size_t depth) {
    return jinja_from_go_template("{{ " + repeat("(", depth) + ".Prompt" + repeat(")", depth) +
                                  " }}");
  };
  EXPECT_TRUE(parentheses(limits::kTemplateDepthMax).has_value());
  EXPECT_EQ(parentheses(limits::kTemplateDepthMax + 1).error().code, Code::Exhausted);

  const auto pipes = [](std::size_t count) {
    return jinja_from_go_template("{{ .Prompt" + repeat(" | print", count) + " }}");
  };
  EXPECT_TRUE(pipes(limits::kTemplateDepthMax).has_value());
  EXPECT_EQ(pipes(limits::kTemplateDepthMax + 1).error().code, Code::Exhausted);

  const auto string = [](std::size_t size) {
    return jinja_from_go_template("{{ \"" + std::string(size, 'a') + "\" }}");
  };
  EXPECT_TRUE(string(limits::kTemplateExpressionBytesMax - 2).has_value());
  EXPECT_EQ(string(limits::kTemplateExpressionBytesMax - 1).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::modelfile

#include "modelfile/go_template_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "modelfile/characters.h"
#include "modelfile/go_template_lexer.h"

namespace tegula::modelfile::go {
namespace {

// One action's tokens.
class ActionParser {
 public:
  ActionParser(std::vector<Token> tokens, int line) : tokens_(std::move(tokens)), line_(line) {}

  bool done() const { return peek().kind == Token::Kind::End; }
  bool take_word(std::string_view word) { return take(Token::Kind::Word, word); }

  Result<Pipeline> take_pipeline() {
    Pipeline pipeline;
    TRY(take_variables(pipeline));
    pipeline.value = TRY(take_piped());
    return pipeline;
  }

  Result<void> expect_end() const {
    if (done()) return {};
    return unexpected();
  }

  std::unexpected<Error> unexpected() const {
    if (done()) return refuse(Code::InvalidArgument, line_, "an action ends too early");
    return refuse(Code::InvalidArgument, line_,
                  "unexpected " + quoted(peek().text) + " in an action");
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }

  static bool is(const Token& token, Token::Kind kind, std::string_view text) {
    return token.kind == kind && token.text == text;
  }

  bool take(Token::Kind kind, std::string_view text) {
    if (!is(peek(), kind, text)) return false;
    ++next_;
    return true;
  }
  bool take_symbol(std::string_view text) { return take(Token::Kind::Symbol, text); }

  bool at_declaration() const {
    if (peek().kind != Token::Kind::Variable) return false;
    const Token& after = peek(1);
    return after.kind == Token::Kind::Symbol &&
           (after.text == ":=" || after.text == "=" || after.text == ",");
  }

  Result<void> take_variables(Pipeline& pipeline) {
    if (!at_declaration()) return {};
    do {
      if (peek().kind != Token::Kind::Variable || peek().text.empty()) return unexpected();
      pipeline.variables.push_back(peek().text);
      ++next_;
    } while (take_symbol(","));
    pipeline.declares = take_symbol(":=");
    if (!pipeline.declares && !take_symbol("=")) return unexpected();
    return {};
  }

  // command | command …: each gets the value before it as its last argument.
  Result<ExpressionPtr> take_piped() {
    ExpressionPtr value = TRY(take_command());
    while (take_symbol("|")) {
      Expression call = *TRY(take_command());
      if (call.kind != Expression::Kind::Call || !call.fields.empty())
        return refuse(Code::InvalidArgument, line_, "only a function can stand after |");
      if (++pipes_ > limits::kTemplateDepthMax)
        return refuse(Code::Exhausted, line_,
                      fmt::format("more than {} pipes", limits::kTemplateDepthMax));
      call.arguments.push_back(std::move(value));
      value = std::make_shared<const Expression>(std::move(call));
    }
    return value;
  }

  Result<ExpressionPtr> take_command() {
    if (peek().kind == Token::Kind::Word && !is_constant(peek().text)) return take_call();
    ExpressionPtr value = TRY(take_operand());
    if (at_operand())
      return refuse(Code::InvalidArgument, line_, "only a function can have arguments");
    return value;
  }

  Result<ExpressionPtr> take_call() {
    Expression call{.kind = Expression::Kind::Call,
                    .name = peek().text,
                    .arguments = {},
                    .fields = {},
                    .line = line_};
    ++next_;
    while (at_operand()) call.arguments.push_back(TRY(take_operand()));
    return std::make_shared<const Expression>(std::move(call));
  }

  bool at_operand() const {
    const Token& token = peek();
    return token.kind != Token::Kind::End &&
           (token.kind != Token::Kind::Symbol || token.text == "(");
  }

  static bool is_constant(std::string_view word) {
    return word == "true" || word == "false" || word == "nil";
  }

  Result<ExpressionPtr> take_operand() {
    Expression value{.kind = Expression::Kind::Dot,
                     .name = peek().text,
                     .arguments = {},
                     .fields = {},
                     .line = line_};
    const Token token = peek();
    ++next_;
    switch (token.kind) {
      case Token::Kind::Dot: break;
      case Token::Kind::Field: value.fields.push_back(token.text); break;
      case Token::Kind::Variable: value.kind = Expression::Kind::Variable; break;
      case Token::Kind::String: value.kind = Expression::Kind::String; break;
      case Token::Kind::Number: value.kind = Expression::Kind::Number; break;
      case Token::Kind::Word: value.kind = kind_of_word(token.text); break;
      case Token::Kind::Symbol:
        if (token.text != "(") {
          --next_;
          return unexpected();
        }
        value = *TRY(take_parenthesised());
        break;
      case Token::Kind::End: --next_; return unexpected();
    }
    while (peek().kind == Token::Kind::Field && !peek().space_before) {
      value.fields.push_back(peek().text);
      ++next_;
    }
    return std::make_shared<const Expression>(std::move(value));
  }

  static Expression::Kind kind_of_word(std::string_view word) {
    if (word == "nil") return Expression::Kind::Nil;
    return is_constant(word) ? Expression::Kind::Boolean : Expression::Kind::Call;
  }

  Result<ExpressionPtr> take_parenthesised() {
    if (++depth_ > limits::kTemplateDepthMax)
      return refuse(Code::Exhausted, line_,
                    fmt::format("more than {} nested parentheses", limits::kTemplateDepthMax));
    ExpressionPtr value = TRY(take_piped());
    if (!take_symbol(")")) return unexpected();
    --depth_;
    return value;
  }

  std::vector<Token> tokens_;
  int line_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  std::size_t pipes_ = 0;
};

class TemplateParser {
 public:
  explicit TemplateParser(std::vector<Segment> segments) : segments_(std::move(segments)) {}

  Result<std::vector<Node>> run() {
    std::vector<Node> nodes = TRY(take_list());
    if (next_ == segments_.size()) return nodes;
    return refuse(Code::InvalidArgument, segments_[next_].line, "end or else without its if");
  }

 private:
  // Up to the next {{ end }} or {{ else … }}, which stays.
  Result<std::vector<Node>> take_list() {
    std::vector<Node> nodes;
    for (; next_ < segments_.size(); ++next_) {
      const Segment segment = segments_[next_];
      if (!segment.is_action) {
        nodes.push_back(node_of(Node::Kind::Text, segment.line));
        nodes.back().text = segment.text;
        continue;
      }
      ActionParser action(TRY(tokens_of(segment)), segment.line);
      if (ActionParser copy = action; copy.take_word("end") || copy.take_word("else")) break;
      nodes.push_back(TRY(take_action(action, segment.line)));
    }
    return nodes;
  }

  static Node node_of(Node::Kind kind, int line) {
    Node node;
    node.kind = kind;
    node.line = line;
    return node;
  }

  Result<Node> take_action(ActionParser& action, int line) {
    for (const std::string_view word : {"define", "template", "block"})
      if (action.take_word(word))
        return refuse(Code::Unsupported, line, fmt::format("can't use {}", word));
    if (action.take_word("if")) return take_block(Node::Kind::If, action, line);
    if (action.take_word("range")) return take_block(Node::Kind::Range, action, line);
    if (action.take_word("with")) return take_block(Node::Kind::With, action, line);
    if (action.take_word("break")) return take_jump(Node::Kind::Break, action, line);
    if (action.take_word("continue")) return take_jump(Node::Kind::Continue, action, line);
    Node node = node_of(Node::Kind::Action, line);
    node.pipeline = TRY(take_whole_pipeline(action));
    if (node.pipeline.variables.size() > 1)
      return refuse(Code::InvalidArgument, line, "only range declares two variables");
    return node;
  }

  Result<Node> take_jump(Node::Kind kind, ActionParser& action, int line) {
    if (ranges_ == 0) return refuse(Code::InvalidArgument, line, "break or continue outside range");
    TRY(action.expect_end());
    return node_of(kind, line);
  }

  static Result<Pipeline> take_whole_pipeline(ActionParser& action) {
    Pipeline pipeline = TRY(action.take_pipeline());
    TRY(action.expect_end());
    return pipeline;
  }

  Result<Node> take_block(Node::Kind kind, ActionParser& action, int line) {
    if (++depth_ > limits::kTemplateDepthMax)
      return refuse(Code::Exhausted, line,
                    fmt::format("more than {} nested blocks", limits::kTemplateDepthMax));
    if (kind == Node::Kind::Range) ++ranges_;
    Node node = node_of(kind, line);
    auto pipeline = TRY(take_whole_pipeline(action));
    node.branches.push_back({std::move(pipeline), {}});
    if (kind != Node::Kind::Range && node.branches[0].pipeline.variables.size() > 1)
      return refuse(Code::InvalidArgument, line, "only range declares two variables");
    TRY(take_branches(node));
    if (kind == Node::Kind::Range) --ranges_;
    --depth_;
    return node;
  }

  Result<void> take_branches(Node& node) {
    for (std::vector<Node>* list = &node.branches[0].body;;) {
      ++next_;
      *list = TRY(take_list());
      if (next_ == segments_.size())
        return refuse(Code::InvalidArgument, node.line, "a block without its end");
      ActionParser action(TRY(tokens_of(segments_[next_])), segments_[next_].line);
      if (action.take_word("end")) return action.expect_end();
      action.take_word("else");
      if (list == &node.otherwise) return action.unexpected();
      list = TRY(take_else(node, action));
    }
  }

  Result<std::vector<Node>*> take_else(Node& node, ActionParser& action) {
    const int line = segments_[next_].line;
    if (action.take_word("with")) return refuse(Code::Unsupported, line, "can't use else with");
    if (!action.take_word("if")) {
      TRY(action.expect_end());
      return &node.otherwise;
    }
    if (node.kind != Node::Kind::If)
      return refuse(Code::InvalidArgument, line, "only an if has else if");
    Pipeline condition = TRY(take_whole_pipeline(action));
    if (!condition.variables.empty())
      return refuse(Code::Unsupported, line, "can't declare a variable in else if");
    node.branches.push_back({std::move(condition), {}});
    return &node.branches.back().body;
  }

  std::vector<Segment> segments_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  std::size_t ranges_ = 0;
};

}  // namespace

Result<std::vector<Node>> parse_template(std::string_view text) {
  return TemplateParser(TRY(split_template(text))).run();
}

}  // namespace tegula::modelfile::go

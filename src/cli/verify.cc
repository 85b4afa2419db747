#include "cli/commands.h"
#include "cli/faults.h"
#include "cli/foreign.h"
#include "cli/models.h"
#include "cli/trust.h"
#include "content/target_index.h"

namespace tegula::cli {
namespace {

// Another program's model is known from the first command on that opens it.
Result<content::Digest> digest_of(const std::string& text, const content::Reference& name,
                                  Session& session) {
  Result<content::Digest> digest = TRY(session.store())->resolve(name);
  if (!digest && digest.error().code == Code::NotFound && source::is_foreign_name(text))
    digest.error().hint = fmt::format("`tegula show {}` takes it in, where it lies", text);
  return digest;
}

// A model whose bytes are not what they were has nothing that anybody signed.
Result<void> refuse_damaged(const content::Reference& name, const content::VerifyReport& report) {
  if (report.is_good()) return {};
  return fail(Code::Corrupt,
              fmt::format("model \"{}\": {}", name.str(), report.faults.front().text),
              "`tegula store repair` fetches it again from a known source");
}

// One of the models that a name leads to: itself, or each of an index.
struct Judged {
  std::string target;  // empty: the name's own model
  content::Digest digest;
  launch::Trust trust;
};

Result<std::vector<Judged>> judge_all(const content::Reference& name, const content::Digest& digest,
                                      const Arguments& arguments, Session& session) {
  const content::Store* store = TRY(session.store());
  const auto judge = [&](std::string target, const content::Digest& model) -> Result<Judged> {
    launch::Trust trust = TRY(trust_of(name, model, arguments, session));
    return Judged{std::move(target), model, std::move(trust)};
  };
  std::vector<Judged> out;
  const std::optional<content::ImageIndex> index = TRY(store->read_index(digest));
  if (!index) out.push_back(TRY(judge({}, digest)));
  if (index)
    for (const content::Descriptor& entry : index->manifests)
      out.push_back(TRY(judge(content::target_name(entry), entry.digest)));
  return out;
}

codec::OrderedJson json_of(const std::vector<Judged>& judged) {
  if (judged.empty()) return {{"trust", nullptr}};
  if (judged.front().target.empty())
    return {{"trust", trust_json(judged.front().trust, judged.front().digest)}};
  codec::OrderedJson targets = codec::OrderedJson::array();
  for (const Judged& one : judged)
    targets.push_back({{"target", one.target},
                       {"digest", one.digest.str()},
                       {"trust", trust_json(one.trust, one.digest)}});
  return {{"trust", nullptr}, {"targets", std::move(targets)}};
}

void print(const content::Reference& name, const content::VerifyReport& report,
           const std::vector<Judged>& judged, Console& console) {
  console.print(fmt::format("{} {}: {} blobs, {}, every byte checked\n", console.green("verified"),
                            name.str(), report.blob_count, human_bytes(report.byte_count)));
  for (const Judged& one : judged) {
    if (!one.target.empty()) console.print(fmt::format("\n{}\n", one.target));
    console.print(trust_page(one.trust, one.digest));
  }
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  const content::Digest digest = TRY(digest_of(arguments.positional(0), name, session));
  const content::Store* store = TRY(session.store());
  const content::VerifyReport report =
      TRY(store->verify(digest, session.progress(), session.stop()));
  std::vector<Judged> judged;
  if (report.is_good()) judged = TRY(judge_all(name, digest, arguments, session));
  if (arguments.has("json")) {
    codec::OrderedJson json = {{"name", name.str()}, {"digest", digest.str()}};
    json.update(cli::json_of(report));
    json.update(json_of(judged));
    session.console().json(json);
  } else {
    say_faults(report, session);
  }
  TRY(refuse_damaged(name, report));
  if (!arguments.has("json")) print(name, report, judged, session.console());
  for (const Judged& one : judged)
    if (one.trust.forbids())
      return fail(Code::Untrusted,
                  fmt::format("model \"{}\": {}", name.str(), one.trust.verdict.why));
  return {};
}

}  // namespace

Command describe_verify() {
  return {
      .summary = "Check every byte of a model, and who signed it",
      .text =
          "Reads all layers again and holds each mebibyte against the tree that the manifest "
          "names.\n"
          "Then says which of its signatures hold, by whom and in which log they are, and what the "
          "rule of policy.toml\nfor its name makes of that. Exits with 4 if a byte differs, naming "
          "layer and piece, or if the policy forbids it.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .completes = "model"}},
      .flags = {kTrustedRootFlag, kJsonFlag},
      .examples = {{"tegula verify starter", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

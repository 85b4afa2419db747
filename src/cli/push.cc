#include "source/push.h"

#include "build/record.h"
#include "cli/build_context.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/remote.h"
#include "content/target_index.h"

namespace tegula::cli {
namespace {

Result<content::Reference> target_of(const Arguments& arguments, const content::Reference& from) {
  const std::string given = arguments.positional(1);
  const content::Reference to = given.empty() ? from : TRY(model_reference(given));
  if (to.host().empty())
    return fail(Code::InvalidArgument, fmt::format("\"{}\" names no registry", to.str()),
                fmt::format("tegula push {} registry.example.org/{}", from.str(), to.path()));
  if (!given.empty() && to.digest())
    return fail(Code::InvalidArgument, "a model is pushed to a name, not to a digest");
  return to;
}

// A pack and the tag it is pushed to.
struct Pushed {
  content::Digest digest;
  std::string tag;
  source::PushReport report = {};
};

std::string name_of(const Pushed& pushed, const content::Reference& to) {
  const bool is_digest = pushed.tag.find(':') != std::string::npos;
  return fmt::format("{}{}{}", to.name(), is_digest ? '@' : ':', pushed.tag);
}

codec::OrderedJson json_of(const Pushed& pushed, const content::Reference& to) {
  return {{"name", name_of(pushed, to)},  {"digest", pushed.digest.str()},
          {"blobs", pushed.report.blobs}, {"already_there", pushed.report.already_there},
          {"bytes", pushed.report.bytes}, {"referrers", pushed.report.referrers}};
}

void say(const Pushed& pushed, const content::Reference& to, Console& console) {
  if (!pushed.report.note.empty()) console.warn(pushed.report.note);
  console.print(fmt::format("{} {} ({} of {} blobs were there)\n{}\n", console.green("pushed"),
                            name_of(pushed, to), pushed.report.already_there, pushed.report.blobs,
                            pushed.digest.str()));
}

class Pusher {
 public:
  Pusher(const content::Reference& from, const content::Reference& to, source::Access& access,
         Session& session)
      : from_(from), to_(to), access_(access), session_(session) {}

  Result<void> open() {
    store_ = TRY(session_.store());
    lease_ = TRY(store_->lease());
    repository_ = TRY(access_.repository(to_));
    return {};
  }

  Result<Pushed> push(const content::Digest& digest, std::string tag) {
    TRY(lease_->protect(digest));
    source::PushRequest request{.manifest = digest, .tag = tag};
    if (from_.host() == to_.host() && from_.path() != to_.path()) request.mount_from = from_.path();
    source::PushReport report =
        TRY(source::push(request, *store_, *repository_, session_.progress(), session_.stop()));
    return Pushed{digest, std::move(tag), std::move(report)};
  }

  // Each target of the pack's build under a tag of its own, and an index of them all.
  Result<std::vector<Pushed>> push_targets(const content::Digest& digest) {
    const build::BuildContext context = TRY(build_context(session_));
    std::vector<content::TargetPack> packs;
    for (const build::RecordedTarget& target : TRY(build::recorded_targets(digest, context)))
      packs.push_back({target.digest, std::string(build::format_name(target.format)), target.name});
    const std::string json = TRY(content::make_target_index(packs, *store_));
    const content::ImageIndex index = TRY(content::ImageIndex::parse(json));
    return push_index(json, index, to_.tag() + "-all");
  }

  // What an index leads to, and the index. Under TAG-all each has its own tag beside it.
  Result<std::vector<Pushed>> push_index(const std::string& json, const content::ImageIndex& index,
                                         const std::string& tag) {
    const bool has_stem = tag.ends_with(kAll);
    const std::string stem = tag.substr(0, has_stem ? tag.size() - kAll.size() : 0);
    std::vector<Pushed> out;
    for (const content::Descriptor& entry : index.manifests) {
      const std::string target = content::target_name(entry);
      const std::string own = fmt::format("{}-{}", stem, target);
      out.push_back(
          TRY(push(entry.digest, has_stem && content::is_tag(own) ? own : entry.digest.str()),
              fmt::format("target {}", target)));
    }
    const content::Digest digest =
        TRY(source::push_index(json, tag, *repository_, session_.stop()));
    out.push_back({digest, tag});
    return out;
  }

  // The pack as Ollama takes it, beside it.
  Result<Pushed> push_twin(const content::Digest& digest) {
    std::string tag = to_.tag() + "-ollama";
    source::PushedTwin twin =
        TRY(source::push_twin({.manifest = digest, .tag = tag}, *store_, *repository_,
                              session_.progress(), session_.stop()));
    return Pushed{twin.digest, std::move(tag), std::move(twin.report)};
  }

 private:
  static constexpr std::string_view kAll = "-all";

  const content::Reference& from_;
  const content::Reference& to_;
  source::Access& access_;
  Session& session_;
  content::Store* store_ = nullptr;
  std::unique_ptr<content::Lease> lease_;
  std::unique_ptr<source::OciRepository> repository_;
};

// What was pushed, the name's own first.
struct Outcome {
  std::vector<Pushed> first, targets, twin;
};

Result<Outcome> push_all(const content::Digest& digest, const std::string& tag,
                         const Arguments& arguments, Pusher& pusher, Session& session) {
  const content::Store* store = TRY(session.store());
  Outcome out;
  if (const std::optional<content::ImageIndex> index = TRY(store->read_index(digest))) {
    if (arguments.has("ollama") || arguments.has("all-targets"))
      return fail(Code::InvalidArgument, "it is an index of models, which goes as a whole",
                  "leave --all-targets out, and name one model for --ollama");
    out.targets = TRY(pusher.push_index(TRY(store->read_manifest_bytes(digest)), *index, tag));
    out.first = {out.targets.back()};
    out.targets.pop_back();
    return out;
  }
  out.first.push_back(TRY(pusher.push(digest, tag)));
  if (arguments.has("all-targets")) out.targets = TRY(pusher.push_targets(digest));
  if (arguments.has("ollama")) out.twin.push_back(TRY(pusher.push_twin(digest)));
  return out;
}

codec::OrderedJson json_of(const Outcome& outcome, const content::Reference& to) {
  codec::OrderedJson out = json_of(outcome.first.front(), to);
  out["targets"] = codec::OrderedJson::array();
  for (const Pushed& target : outcome.targets) out["targets"].push_back(json_of(target, to));
  out["ollama"] = codec::OrderedJson();
  if (!outcome.twin.empty()) out["ollama"] = json_of(outcome.twin.front(), to);
  return out;
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference from = TRY(model_reference(arguments.positional(0)));
  const content::Reference to = TRY(target_of(arguments, from));
  const content::Digest digest = TRY(TRY(session.store())->resolve(from));
  const auto access = TRY(open_access(arguments, session));
  Pusher pusher(from, to, *access, session);
  TRY(pusher.open());
  const Outcome outcome = TRY(push_all(digest, to.tag(), arguments, pusher, session));
  if (arguments.has("json")) {
    session.console().json(json_of(outcome, to));
    return {};
  }
  for (const auto* list : {&outcome.first, &outcome.targets, &outcome.twin})
    for (const Pushed& pushed : *list) say(pushed, to, session.console());
  return {};
}

}  // namespace

Command describe_push() {
  return {
      .summary = "Put a model into a registry",
      .text =
          "Sends what the registry doesn't have, the manifest as it is, what is said about the "
          "model "
          "(its lock,\nprovenance, verdicts), and the trees by which a pull checks each mebibyte. "
          "Credentials are those of\ndocker or podman.",
      .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"},
                      {.name = "TO",
                       .help = "REGISTRY/PATH[:TAG] (default: MODEL itself)",
                       .optional = true}},
      .flags = {{.name = "all-targets",
                 .help =
                     "every target of its build as TAG-TARGET, and an index of them as TAG-all"},
                {.name = "ollama", .help = "also as TAG-ollama, in the form that Ollama pulls"},
                kPlainHttpFlag,
                kJsonFlag},
      .examples = {{"tegula push helper registry.example.org/team/helper:v1", {}},
                   {"tegula push localhost:5000/helper", {}},
                   {"tegula push --ollama helper registry.example.org/team/helper:v1", {}},
                   {"tegula push helper:latest-all registry.example.org/team/helper:v1-all", {}},
                   {"tegula push --all-targets helper registry.example.org/team/helper:v1", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

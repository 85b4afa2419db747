#include "source/push.h"

#include "build/record.h"
#include "cli/build_context.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/remote.h"

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

codec::OrderedJson json_of(const Pushed& pushed, const content::Reference& to) {
  return {{"name", fmt::format("{}:{}", to.name(), pushed.tag)},
          {"digest", pushed.digest.str()},
          {"blobs", pushed.report.blobs},
          {"already_there", pushed.report.already_there},
          {"bytes", pushed.report.bytes},
          {"referrers", pushed.report.referrers}};
}

void say(const Pushed& pushed, const content::Reference& to, Console& console) {
  if (!pushed.report.note.empty()) console.warn(pushed.report.note);
  console.print(fmt::format("{} {}:{} ({} of {} blobs were there)\n{}\n", console.green("pushed"),
                            to.name(), pushed.tag, pushed.report.already_there, pushed.report.blobs,
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
    std::vector<Pushed> out;
    std::vector<source::IndexEntry> entries;
    for (const build::RecordedTarget& target : TRY(build::recorded_targets(digest, context))) {
      out.push_back(TRY(push(target.digest, fmt::format("{}-{}", to_.tag(), target.name)),
                        fmt::format("target {}", target.name)));
      entries.push_back({target.digest, std::string(build::format_name(target.format))});
    }
    const std::string tag = to_.tag() + "-all";
    const content::Digest index =
        TRY(source::push_index(entries, tag, *store_, *repository_, session_.stop()));
    out.push_back({index, tag});
    return out;
  }

 private:
  const content::Reference& from_;
  const content::Reference& to_;
  source::Access& access_;
  Session& session_;
  content::Store* store_ = nullptr;
  std::unique_ptr<content::Lease> lease_;
  std::unique_ptr<source::OciRepository> repository_;
};

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference from = TRY(model_reference(arguments.positional(0)));
  const content::Reference to = TRY(target_of(arguments, from));
  const content::Digest digest = TRY(TRY(session.store())->resolve(from));
  const auto access = TRY(open_access(arguments, session));
  Pusher pusher(from, to, *access, session);
  TRY(pusher.open());
  const Pushed pushed = TRY(pusher.push(digest, to.tag()));
  std::vector<Pushed> targets;
  if (arguments.has("all-targets")) targets = TRY(pusher.push_targets(digest));
  if (arguments.has("json")) {
    codec::OrderedJson json = json_of(pushed, to);
    json["targets"] = codec::OrderedJson::array();
    for (const Pushed& target : targets) json["targets"].push_back(json_of(target, to));
    session.console().json(json);
    return {};
  }
  say(pushed, to, session.console());
  for (const Pushed& target : targets) say(target, to, session.console());
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
                kPlainHttpFlag,
                kJsonFlag},
      .examples = {{"tegula push helper registry.example.org/team/helper:v1", {}},
                   {"tegula push localhost:5000/helper", {}},
                   {"tegula push --all-targets helper registry.example.org/team/helper:v1", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

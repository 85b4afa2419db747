#include "source/push.h"

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

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference from = TRY(model_reference(arguments.positional(0)));
  const content::Reference to = TRY(target_of(arguments, from));
  content::Store* store = TRY(session.store());
  const content::Digest digest = TRY(store->resolve(from));
  const auto lease = TRY(store->lease());
  TRY(lease->protect(digest));

  const auto remote = TRY(Remote::open(&arguments, session));
  const auto repository = TRY(remote->repository(to));
  source::PushRequest request{.manifest = digest, .tag = to.tag()};
  if (from.host() == to.host() && from.path() != to.path()) request.mount_from = from.path();
  const source::PushReport report =
      TRY(source::push(request, *store, *repository, session.progress(), session.stop()));

  if (!report.note.empty()) session.console().warn(report.note);
  const std::string name = fmt::format("{}:{}", to.name(), to.tag());
  if (arguments.has("json")) {
    session.console().json({{"name", name},
                            {"digest", digest.str()},
                            {"blobs", report.blobs},
                            {"already_there", report.already_there},
                            {"bytes", report.bytes},
                            {"referrers", report.referrers}});
  } else {
    session.console().print(fmt::format("{} {} ({} of {} blobs were there)\n{}\n",
                                        session.console().green("pushed"), name,
                                        report.already_there, report.blobs, digest.str()));
  }
  return {};
}

}  // namespace

const Command kPush = {
    .words = "push",
    .summary = "Put a model into a registry",
    .text =
        "Sends what the registry doesn't have, the manifest as it is, what is said about the model "
        "(its lock,\nprovenance, verdicts), and the trees by which a pull checks each mebibyte. "
        "Credentials are those of\ndocker or podman.",
    .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"},
                    {.name = "TO",
                     .help = "REGISTRY/PATH[:TAG] (default: MODEL itself)",
                     .optional = true}},
    .flags = {kPlainHttpFlag, kJsonFlag},
    .examples = {{"tegula push helper registry.example.org/team/helper:v1", {}},
                 {"tegula push localhost:5000/helper", {}}},
    .run = run,
};

}  // namespace tegula::cli

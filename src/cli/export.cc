// export and import: models in a folder.
#include <algorithm>

#include "cli/commands.h"
#include "cli/models.h"
#include "cli/trust.h"
#include "content/store.h"
#include "source/ollama_folder.h"

namespace tegula::cli {
namespace {

constexpr Flag kOciFlag{.name = "oci",
                        .value = "FOLDER",
                        .help = "a folder in OCI image layout",
                        .completes = "folder"};

constexpr Flag kOllamaFlag{.name = "ollama",
                           .value = "FOLDER",
                           .help = "a folder that Ollama runs models from (OLLAMA_MODELS)",
                           .completes = "folder"};

Result<os::Path> folder_of(const Arguments& arguments, const Flag& flag = kOciFlag) {
  const auto folder = arguments.value(flag.name);
  if (!folder || folder->empty())
    return fail(Code::InvalidArgument, "the folder is missing", "name it with --oci FOLDER");
  return std::filesystem::absolute(*folder).lexically_normal();
}

std::string with_tag(const content::Reference& name) {
  return fmt::format("{}:{}", name.name(), name.tag());
}

struct Named {
  content::Reference name;
  content::Digest digest;
};

// All are there, or none is written.
Result<std::vector<Named>> named_models(const Arguments& arguments, content::Lease& lease,
                                        Session& session) {
  const content::Store* store = TRY(session.store());
  std::vector<Named> out;
  for (const std::string& text : arguments.positionals()) {
    const content::Reference name = TRY(model_reference(text));
    const content::Digest digest = TRY(store->resolve(name));
    TRY(lease.protect(digest));
    out.push_back({name, digest});
  }
  return out;
}

Result<codec::OrderedJson> export_oci(const std::vector<Named>& models, const os::Path& folder,
                                      bool quiet, Session& session) {
  const content::Store* store = TRY(session.store());
  codec::OrderedJson list = codec::OrderedJson::array();
  for (const Named& model : models) {
    const std::string name = with_tag(model.name);
    const content::ExportReport report = TRY(
        store->export_layout(model.digest, name, folder, session.progress(), session.stop()), name);
    list.push_back({{"name", name}, {"digest", model.digest.str()}, {"bytes", report.bytes}});
    if (!quiet)
      session.console().print(fmt::format("{} {} ({} of {} blobs were there)\n{}\n",
                                          session.console().green("exported"), name,
                                          report.already_there, report.blobs, model.digest.str()));
  }
  return list;
}

Result<codec::OrderedJson> export_for_ollama(const std::vector<Named>& models,
                                             const os::Path& folder, bool quiet, Session& session) {
  const content::Store* store = TRY(session.store());
  Console& console = session.console();
  codec::OrderedJson list = codec::OrderedJson::array();
  for (const Named& model : models) {
    const source::OllamaExport report =
        TRY(source::export_ollama(model.digest, model.name, *store, {session.files(), folder},
                                  session.progress(), session.stop()),
            with_tag(model.name));
    for (const std::string& what : report.left_out)
      console.warn(fmt::format("{}: left out for Ollama: {}", report.name, what));
    if (report.linked > 0)
      console.warn(
          fmt::format("{}: {} of its files are links to the store's: nobody must write "
                      "to them",
                      report.name, report.linked));
    list.push_back(
        {{"name", report.name}, {"digest", report.digest.str()}, {"bytes", report.bytes}});
    if (!quiet)
      console.print(fmt::format("{} {} ({} of {} blobs were there)\n{}\n",
                                console.green("exported"), report.name, report.already_there,
                                report.blobs, report.digest.str()));
  }
  return list;
}

Result<void> run_export(const Arguments& arguments, Session& session) {
  const bool for_ollama = arguments.has("ollama");
  if (for_ollama && arguments.has("oci"))
    return fail(Code::InvalidArgument, "--oci and --ollama are two kinds of folder", "name one");
  const os::Path folder = TRY(folder_of(arguments, for_ollama ? kOllamaFlag : kOciFlag));
  const auto lease = TRY(TRY(session.store())->lease());
  const std::vector<Named> models = TRY(named_models(arguments, *lease, session));
  const bool quiet = arguments.has("json");
  const codec::OrderedJson list = TRY(for_ollama ? export_for_ollama(models, folder, quiet, session)
                                                 : export_oci(models, folder, quiet, session));
  if (quiet) session.console().json({{"folder", folder.string()}, {"models", list}});
  return {};
}

// What the user asked for, in the index's order; everything if nothing was named.
Result<std::vector<content::LayoutEntry>> chosen(const Arguments& arguments,
                                                 std::vector<content::LayoutEntry> entries) {
  const auto wanted = arguments.positionals();
  for (const std::string& name : wanted) {
    const auto found = std::ranges::find(entries, name, &content::LayoutEntry::name);
    if (found == entries.end())
      return fail(Code::NotFound, fmt::format("the folder holds no model \"{}\"", name),
                  "without a name, all of them are imported");
  }
  std::erase_if(entries, [&](const content::LayoutEntry& entry) {
    return !wanted.empty() && std::ranges::find(wanted, entry.name) == wanted.end();
  });
  return entries;
}

Result<content::Reference> local_name(const Arguments& arguments,
                                      const content::LayoutEntry& entry) {
  if (const auto given = arguments.value("as")) return model_reference(*given);
  auto name = content::Reference::parse(entry.name);
  if (name && !name->digest()) return std::move(*name);
  return fail(Code::InvalidArgument,
              fmt::format("the folder calls a model \"{}\", which is no name here", entry.name),
              "give it one with --as NAME");
}

Result<void> run_import(const Arguments& arguments, Session& session) {
  const os::Path folder = TRY(folder_of(arguments));
  const std::vector<content::LayoutEntry> entries =
      TRY(chosen(arguments, TRY(content::read_layout(session.files(), folder))));
  if (arguments.has("as") && entries.size() != 1)
    return fail(Code::InvalidArgument, fmt::format("--as names one model, not {}", entries.size()));
  content::Store* store = TRY(session.store());
  const auto lease = TRY(store->lease());
  codec::OrderedJson list = codec::OrderedJson::array();
  for (const content::LayoutEntry& entry : entries) {
    const content::Reference name = TRY(local_name(arguments, entry));
    const content::Digest digest = TRY(
        store->import_layout(folder, entry.manifest, *lease, session.progress(), session.stop()),
        name.str());
    const content::TagChange change = TRY(store->tag(name, digest, "imported"));
    if (!change.note.empty()) session.console().warn(change.note);
    for (const content::Digest& pack : TRY(store->packs_of(digest)))
      TRY(meet_model(name, pack, session));
    list.push_back({{"name", name.str()}, {"digest", digest.str()}, {"changed", change.changed()}});
    if (!arguments.has("json"))
      session.console().print(fmt::format(
          "{} {}\n{}\n", session.console().green(change.changed() ? "imported" : "unchanged"),
          name.str(), digest.str()));
  }
  if (arguments.has("json")) session.console().json({{"models", list}});
  return {};
}

}  // namespace

Command describe_export() {
  return {
      .summary = "Write models into a folder, for machines without a network",
      .text =
          "The folder may hold many models; what is there already is not written again. With "
          "--ollama it is one\nthat Ollama runs them from.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .repeats = true,
                       .completes = "model"}},
      .flags = {kOciFlag, kOllamaFlag, kJsonFlag},
      .examples = {{"tegula export --oci /media/stick/models starter", {}},
                   {"tegula export --ollama ~/.ollama/models starter", {}}},
      .run = run_export,
  };
}

Command describe_import() {
  return {
      .summary = "Take models in from such a folder",
      .text = "Everything is checked against its digest.",
      .positionals = {{.name = "NAME",
                       .help = "as the folder calls a model (default: all of them)",
                       .optional = true,
                       .repeats = true}},
      .flags = {kOciFlag,
                {.name = "as", .value = "NAME", .help = "the model's name here"},
                kJsonFlag},
      .examples = {{"tegula import --oci /media/stick/models", {}}},
      .run = run_import,
  };
}

}  // namespace tegula::cli

#include <algorithm>
#include <span>

#include "base/limits.h"
#include "build/build_source.h"
#include "build/builder.h"
#include "cli/build_context.h"
#include "cli/build_lock.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/modelfile_text.h"
#include "cli/models.h"
#include "cli/signing.h"
#include "content/layer.h"

namespace tegula::cli {
namespace {

Result<build::BuildSource> source_of(const Arguments& arguments, Session& session) {
  const os::Path given = arguments.positional(0).empty() ? "." : arguments.positional(0);
  const std::string file = arguments.value("file").value_or("");
  if (file != "-") return build::source_at(session.files(), given, file);
  std::string text = TRY(read_stdin(limits::kModelfileBytesMax), "stdin");
  return build::source_of_text(std::move(text), given);
}

Result<content::Reference> name_of(const Arguments& arguments, const build::BuildSource& source) {
  if (const auto given = arguments.value("tag")) {
    content::Reference name = TRY(model_reference(*given));
    if (name.digest())
      return fail(Code::InvalidArgument, "-t takes a name, not a digest",
                  "the digest is what the build finds out");
    return name;
  }
  const std::string derived = build::slug(source.default_name);
  if (derived.empty())
    return fail(Code::InvalidArgument, "the model needs a name", "give one with -t NAME");
  return model_reference(derived);
}

// "hard link" for people, "hard_link" for --json.
std::string way_text(content::ImportWay way) {
  std::string out(content::way_name(way));
  std::ranges::replace(out, '_', ' ');
  return out;
}

void report(const build::BuiltPack& pack, Session& session) {
  Console& console = session.console();
  std::vector<std::vector<std::string>> table;
  for (const build::LayerReport& layer : pack.layers) {
    table.push_back({"  " + std::string(content::file_path(layer.layer)),
                     human_bytes(layer.layer.size), content::short_form(layer.layer.digest),
                     way_text(layer.way)});
    if (layer.way == content::ImportWay::HardLink) {
      console.say(
          fmt::format("note: \"{}\" is now a hard link shared with the store, and was made "
                      "read-only",
                      content::file_path(layer.layer)));
    }
  }
  if (!pack.note.empty()) console.warn(pack.note);
  console.print(fmt::format("{} {}\n{}{}", console.green(pack.changed ? "built" : "unchanged"),
                            pack.name.str(), columns(table), pack.digest.str() + "\n"));
}

// With several targets the first has two names, and is shown under its own.
std::span<const build::BuiltPack> shown(const build::BuildResult& result) {
  return std::span(result.packs).subspan(result.packs.size() > 1 ? 1 : 0);
}

void report(const build::BuildResult& result, Session& session) {
  for (const build::BuiltPack& pack : shown(result)) report(pack, session);
  if (result.packs.size() > 1)
    session.console().print(fmt::format("{} is {}, {} is all of them\n", result.first().name.str(),
                                        result.first().target, result.all->name.str()));
  for (const content::Reference& gone : result.withdrawn)
    session.console().print(fmt::format("removed {}: no target of this build\n", gone.str()));
}

codec::OrderedJson json_of(const build::BuiltPack& pack) {
  codec::OrderedJson layers = codec::OrderedJson::array();
  for (const build::LayerReport& layer : pack.layers) {
    layers.push_back({{"file", content::file_path(layer.layer)},
                      {"media_type", layer.layer.media_type},
                      {"digest", layer.layer.digest.str()},
                      {"size", layer.layer.size},
                      {"way", content::way_name(layer.way)}});
  }
  return {{"name", pack.name.str()},
          {"target", pack.target},
          {"digest", pack.digest.str()},
          {"changed", pack.changed},
          {"layers", layers}};
}

codec::OrderedJson json_of(const build::BuildResult& result) {
  codec::OrderedJson out = json_of(result.first());
  out["build_id"] = result.lock.build_id().str();
  out["targets"] = codec::OrderedJson::array();
  for (const build::BuiltPack& pack : shown(result)) out["targets"].push_back(json_of(pack));
  out["all"] = codec::OrderedJson();
  if (result.all)
    out["all"] = {{"name", result.all->name.str()},
                  {"digest", result.all->digest.str()},
                  {"changed", result.all->changed}};
  out["removed"] = codec::OrderedJson::array();
  for (const content::Reference& name : result.withdrawn) out["removed"].push_back(name.str());
  return out;
}

// Each pack once: the first target has two names.
Result<void> sign(const build::BuildResult& result, const Arguments& arguments, Session& session,
                  std::vector<ModelSigner::Signed>& out) {
  if (arguments.has("unsigned") || !TRY(ModelSigner::is_configured(session))) return {};
  const auto signer = TRY(ModelSigner::open(arguments, session));
  for (const build::BuiltPack& pack : shown(result)) {
    const std::vector<ModelSigner::Signed> each = TRY(signer->sign_model(pack.digest));
    out.insert(out.end(), each.begin(), each.end());
  }
  return {};
}

// The model is there all the same: whatever kept it from being signed, the build has not failed.
Error not_signed(Error error) {
  if (error.code != Code::Cancelled && error.code != Code::Internal) error.code = Code::Unavailable;
  return std::move(error).within("built, but not signed");
}

Result<void> run(const Arguments& arguments, Session& session) {
  const build::BuildSource source = TRY(source_of(arguments, session));
  const content::Reference name = TRY(name_of(arguments, source));
  const build::Recipe recipe = TRY(read_recipe({source.path, source.text}, session));
  const WallTime created = TRY(source_date(session));
  build::BuildRequest request{.recipe = recipe,
                              .folder = source.folder,
                              .name = name,
                              .created = created,
                              .event = std::string(source.written ? "built" : build::kImportEvent),
                              .path = source.written ? source.path : ""};
  const os::Path lock = build::lock_path(source);
  TRY(use_lock(arguments, lock, session, request));
  const build::BuildContext context = TRY(build_context(session));
  const build::BuildResult result = TRY(build::build(request, context));
  keep_lock(lock, result, session);
  std::vector<ModelSigner::Signed> signatures;
  const auto is_signed = sign(result, arguments, session, signatures);
  warn_of_unlogged(signatures, session);
  if (arguments.has("json")) {
    codec::OrderedJson json = json_of(result);
    json["signatures"] = json_of(signatures);
    json["not_signed"] = codec::OrderedJson();
    if (!is_signed) json["not_signed"] = is_signed.error().text;
    session.console().json(json);
  } else {
    report(result, session);
  }
  if (!is_signed) return std::unexpected(not_signed(is_signed.error()));
  return {};
}

}  // namespace

Command describe_build() {
  return {
      .summary = "Make a model from a Modelfile or a GGUF file",
      .text =
          "Reads each file once, stores it under its digest without a copy where the disk can, and "
          "gives the\nresult a name. The same files give the same digest on every machine.\n\n"
          "Modelfile.lock, beside the Modelfile, says by digest what went in: a name stays what it "
          "was until\n--update, and --locked holds the build to all of it.\n\n"
          "Each TARGET line gives a model of its own, converted and quantised: NAME:TAG is the "
          "first,\nNAME:TAG-gguf-q4_k_m or NAME:TAG-mlx-4bit are each of them, and NAME:TAG-all is "
          "an "
          "index of them.\n\n"
          "With a signing_config.json beside config.toml, each of them is signed as `tegula sign` "
          "does. Exits with 5\nif that fails: the model is there.",
      .positionals = {{.name = "DIR|GGUF",
                       .help = "a folder with a Modelfile or with safetensors, or a GGUF file "
                               "(default: this folder)",
                       .optional = true,
                       .completes = "file"}},
      .flags = {{.name = "tag", .letter = 't', .value = "NAME", .help = "the model's name"},
                {.name = "file",
                 .letter = 'f',
                 .value = "FILE",
                 .help = "the Modelfile; - for stdin",
                 .fallback = "DIR/Modelfile",
                 .completes = "file"},
                {.name = "locked", .help = "fail if the lock would change"},
                {.name = "update",
                 .value = "INPUT",
                 .bare = true,
                 .help = "renew what the lock says of INPUT, or of all inputs",
                 .repeats = true},
                {.name = "unsigned", .help = "don't sign, though a log is configured"},
                kJsonFlag},
      .examples = {{"tegula build -t helper .", {}},
                   {"tegula build -t qwen ~/Downloads/qwen3-8b-q4_k_m.gguf", {}},
                   {"tegula build ./Qwen3-8B", "a folder of safetensors, as it is"},
                   {"tegula build --locked .", "for CI: exactly what the lock says"},
                   {"tegula build --update .", "take what names lead to now"},
                   {"echo 'FROM starter' | tegula build -t mine -f - .", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

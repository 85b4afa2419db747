// Builds for the C interface.
#include <vector>

#include "build/build_source.h"
#include "build/builder.h"
#include "build/lock_file.h"
#include "modelfile/parser.h"
#include "sdk/home.h"

struct tegula_build_result {
  tegula::sdk::Texts texts;
  std::vector<tegula_built> packs;
  const char* lock = "";
  const char* id = "";
};

namespace tegula::sdk {
namespace {

constexpr std::uint32_t kFlags = TEGULA_BUILD_LOCKED | TEGULA_BUILD_UPDATE;

Result<content::Reference> name_of(const tegula_build_request& request,
                                   const build::BuildSource& source) {
  if (request.name == nullptr) {
    const std::string derived = build::slug(source.default_name);
    if (!derived.empty()) return content::Reference::parse(derived);
    return fail(Code::InvalidArgument, "the model needs a name");
  }
  content::Reference out = TRY(content::Reference::parse(request.name));
  if (!out.digest()) return out;
  return fail(Code::InvalidArgument, "a build takes a name, not a digest",
              "the digest is what it finds out");
}

Result<build::Recipe> recipe_of(const build::BuildSource& source) {
  const auto parsed = modelfile::parse(source.text);
  if (!parsed) return std::unexpected(modelfile::error_of(parsed.error(), source.path));
  auto recipe = build::recipe_of(*parsed);
  if (!recipe) return std::unexpected(modelfile::error_of(recipe.error(), source.path));
  return std::move(*recipe);
}

Result<void> check_flags(const tegula_build_request& request, bool has_lock) {
  if ((request.flags & ~kFlags) != 0)
    return fail(Code::Unsupported, "tegula_build_request: an unknown flag");
  if (request.flags == kFlags)
    return fail(Code::InvalidArgument,
                "TEGULA_BUILD_LOCKED and TEGULA_BUILD_UPDATE exclude each other");
  if (request.flags != 0 && !has_lock)
    return fail(Code::InvalidArgument, "there is no lock without a Modelfile in a file");
  return {};
}

Result<std::optional<build::Lock>> lock_before(const tegula_build_request& request,
                                               const os::Path& path, Home& home) {
  TRY(check_flags(request, !path.empty()));
  std::optional<build::Lock> out;
  if (!path.empty()) out = TRY(build::read_lock(home.files(), path));
  if (out && (request.flags & TEGULA_BUILD_UPDATE) != 0) TRY(build::forget({""}, *out));
  return out;
}

std::unique_ptr<tegula_build_result> result_of(const build::BuildResult& built) {
  auto out = std::make_unique<tegula_build_result>();
  for (const build::BuiltPack& pack : built.packs)
    out->packs.push_back({out->texts.keep(pack.name.with_tag(pack.name.tag()).str()),
                          out->texts.keep(pack.target), out->texts.keep(pack.digest.str()),
                          pack.changed ? 1 : 0});
  out->lock = out->texts.keep(built.lock.encode());
  out->id = out->texts.keep(built.lock.build_id().str());
  return out;
}

// The model is built and named by then, so a lock that can't be written is no error.
void keep_lock(const os::Path& path, const build::Lock& lock, Home& home, Watch& watch) {
  if (path.empty()) return;
  const auto changes = build::keep_lock(home.files(), path, lock);
  if (!changes) return watch.warn("the lock could not be written: " + changes.error().text);
  for (const auto& list : {changes->inputs, changes->outputs})
    for (const std::string& change : list) watch.warn(path.filename().string() + ": " + change);
}

Result<std::unique_ptr<tegula_build_result>> build_it(Home& home, const tegula_build_request& given,
                                                      Watch& watch) {
  TRY(check_given(given.path, "tegula_build_request.path"));
  const std::string modelfile = given.modelfile != nullptr ? given.modelfile : "";
  const build::BuildSource source = TRY(build::source_at(home.files(), given.path, modelfile));
  const os::Path lock = build::lock_path(source);
  const build::Recipe recipe = TRY(recipe_of(source));
  const content::Reference name = TRY(name_of(given, source));
  const WallTime created = TRY(build::source_date(home.environment()));
  const std::optional<build::Lock> before = TRY(lock_before(given, lock, home));
  const build::BuildRequest request{
      .recipe = recipe,
      .folder = source.folder,
      .name = name,
      .created = created,
      .event = std::string(source.written ? "built" : build::kImportEvent),
      .path = source.written ? source.path : "",
      .lock = before,
      .locked = (given.flags & TEGULA_BUILD_LOCKED) != 0};
  const build::BuildResult built = TRY(build::build(request, home.build_context(watch)));
  keep_lock(lock, built.lock, home, watch);
  for (const build::BuiltPack& pack : built.packs)
    if (!pack.note.empty()) watch.warn(pack.note);
  return result_of(built);
}

}  // namespace
}  // namespace tegula::sdk

using namespace tegula;

tegula_error* tegula_build(tegula_home* home, const tegula_build_request* request,
                           const tegula_watch* watch, tegula_build_result** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_build_result>> {
    TRY(sdk::check_given(home, "home"));
    TRY(sdk::check_given(request, "request"));
    const tegula_build_request read = TRY(sdk::read_struct(request, "tegula_build_request"));
    const std::unique_ptr<sdk::Watch> seen = TRY(sdk::Watch::of(watch));
    return sdk::build_it(*home->value, read, *seen);
  });
}

size_t tegula_build_result_count(const tegula_build_result* result) {
  return result == nullptr ? 0 : result->packs.size();
}

const tegula_built* tegula_build_result_at(const tegula_build_result* result, size_t index) {
  return index < tegula_build_result_count(result) ? &result->packs[index] : nullptr;
}

const char* tegula_build_result_lock(const tegula_build_result* result) {
  return result == nullptr ? "" : result->lock;
}

const char* tegula_build_result_id(const tegula_build_result* result) {
  return result == nullptr ? "" : result->id;
}

void tegula_build_result_free(tegula_build_result* result) { delete result; }

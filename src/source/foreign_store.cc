#include "source/foreign_store.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/printable.h"
#include "source/foreign_path.h"
#include "source/hugging_face.h"
#include "source/lm_studio.h"
#include "source/ollama_store.h"

namespace tegula::source {
namespace {

constexpr std::array kKinds = {ForeignKind::HuggingFace, ForeignKind::Ollama,
                               ForeignKind::LmStudio};

struct ForeignName {
  ForeignKind kind;
  std::string_view path;
  std::string_view choice;  // after the colon
};

// The colon that counts is after the last slash: a host may have a port.
std::optional<ForeignName> split_name(std::string_view name) {
  for (const ForeignKind kind : kKinds) {
    const std::string_view prefix = kind_prefix(kind);
    if (!name.starts_with(prefix) || name.substr(prefix.size(), 1) != "/") continue;
    const std::string_view rest = name.substr(prefix.size() + 1);
    const std::size_t slash = rest.rfind('/');
    const std::size_t colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
    if (colon == std::string_view::npos) return ForeignName{kind, rest, {}};
    if (colon + 1 == rest.size()) return {};
    return ForeignName{kind, rest.substr(0, colon), rest.substr(colon + 1)};
  }
  return {};
}

// The variable as a path, and then `below` it; nothing if it is not set.
std::optional<os::Path> variable_path(const os::Environment& environment, std::string_view name,
                                      const os::Path& below = {}) {
  const std::optional<std::string> value = environment.get(name);
  if (!value || value->empty()) return {};
  return below.empty() ? os::Path(*value) : *value / below;
}

// The first of the folders that the other program would use, in its order.
os::Path hugging_face_root(const os::Path& home, const os::Environment& environment) {
  if (const auto path = variable_path(environment, "HF_HUB_CACHE")) return *path;
  if (const auto path = variable_path(environment, "HUGGINGFACE_HUB_CACHE")) return *path;
  if (const auto path = variable_path(environment, "HF_HOME", "hub")) return *path;
  if (const auto path = variable_path(environment, "XDG_CACHE_HOME", "huggingface/hub"))
    return *path;
  return home / ".cache" / "huggingface" / "hub";
}

std::vector<os::Path> ollama_roots(const os::Path& home, const os::Environment& environment) {
  if (const auto path = variable_path(environment, "OLLAMA_MODELS")) return {*path};
  return {home / ".ollama" / "models", "/usr/share/ollama/.ollama/models"};
}

Result<ForeignModel> find_in(const os::FileSystem& fs, const ForeignStore& store,
                             const ForeignName& name) {
  switch (store.kind) {
    case ForeignKind::HuggingFace: return find_hugging_face(fs, store.root, name.path, name.choice);
    case ForeignKind::Ollama: return find_ollama(fs, store.root, name.path, name.choice);
    case ForeignKind::LmStudio: return find_lm_studio(fs, store.root, name.path, name.choice);
  }
  return fail(Code::Internal, "no such kind of store");
}

std::string not_found_hint(std::span<const ForeignStore> stores, ForeignKind kind) {
  std::string roots;
  for (const ForeignStore& store : stores)
    if (store.kind == kind) roots += (roots.empty() ? "" : ", ") + store.root.native();
  if (roots.empty()) return fmt::format("there is no {} on this machine", kind_title(kind));
  return fmt::format("looked in {}", roots);
}

}  // namespace

std::string_view kind_prefix(ForeignKind kind) {
  switch (kind) {
    case ForeignKind::HuggingFace: return "hf";
    case ForeignKind::Ollama: return "ollama";
    case ForeignKind::LmStudio: return "lmstudio";
  }
  return "";
}

std::string_view kind_title(ForeignKind kind) {
  switch (kind) {
    case ForeignKind::HuggingFace: return "Hugging Face cache";
    case ForeignKind::Ollama: return "Ollama store";
    case ForeignKind::LmStudio: return "LM Studio folder";
  }
  return "";
}

std::string_view role_name(ForeignRole role) {
  switch (role) {
    case ForeignRole::Model: return "model";
    case ForeignRole::Adapter: return "adapter";
    case ForeignRole::Projector: return "projector";
    case ForeignRole::Draft: return "draft";
  }
  return "";
}

std::vector<ForeignStore> foreign_stores(const os::Path& home, const os::Environment& environment) {
  std::vector<ForeignStore> stores = {
      {ForeignKind::HuggingFace, hugging_face_root(home, environment)}};
  for (const os::Path& root : ollama_roots(home, environment))
    stores.push_back({ForeignKind::Ollama, root});
  stores.push_back({ForeignKind::LmStudio, home / ".lmstudio" / "models"});
  stores.push_back({ForeignKind::LmStudio, home / ".cache" / "lm-studio" / "models"});
  std::erase_if(stores, [](const ForeignStore& store) { return !is_folder(store.root); });
  return stores;
}

Result<ForeignListing> list_models(const os::FileSystem& fs, const ForeignStore& store) {
  ForeignListing listing;
  switch (store.kind) {
    case ForeignKind::HuggingFace: listing = TRY(list_hugging_face(fs, store.root)); break;
    case ForeignKind::Ollama: listing = TRY(list_ollama(fs, store.root)); break;
    case ForeignKind::LmStudio: listing = TRY(list_lm_studio(fs, store.root)); break;
  }
  std::ranges::sort(listing.models, {}, &ForeignEntry::name);
  return listing;
}

bool is_foreign_name(std::string_view name) { return split_name(name).has_value(); }

Result<ForeignModel> find_model(const os::FileSystem& fs, std::span<const ForeignStore> stores,
                                std::string_view name) {
  const std::string where = fmt::format("model \"{}\"", printable(name, 300));
  const std::optional<ForeignName> parts = split_name(name);
  if (!parts) {
    return fail(Code::InvalidArgument, where + ": expected hf/…, ollama/… or lmstudio/…");
  }
  Error error{Code::NotFound, "not found", not_found_hint(stores, parts->kind)};
  for (const ForeignStore& store : stores) {
    if (store.kind != parts->kind) continue;
    Result<ForeignModel> model = find_in(fs, store, *parts);
    if (model) return model;
    error = std::move(model).error();
    if (error.code != Code::NotFound) break;
    if (error.hint.empty()) error.hint = not_found_hint(stores, parts->kind);
  }
  return std::unexpected(std::move(error).within(where));
}

}  // namespace tegula::source

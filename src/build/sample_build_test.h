// For tests: builds of Modelfiles into a store of their own, and what came out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "build/builder.h"
#include "content/layer.h"
#include "content/temporary_store.h"
#include "content/verified_text.h"
#include "modelfile/parser.h"

namespace tegula::build {

// Where nobody else keeps models.
inline BuildContext sample_context(content::TemporaryStore& disk, os::Path home) {
  return {disk.store,
          disk.fs,
          std::move(home),
          [](const std::string&) { return std::optional<FoundModel>(); },
          [] { return BuilderInfo{"0.0.0", {}}; },
          disk.progress,
          {}};
}

inline BuildRequest sample_request(std::string_view modelfile, const os::Path& folder,
                                   std::string_view name = "m") {
  const auto recipe = recipe_of(modelfile::parse(modelfile).value());
  EXPECT_TRUE(recipe) << recipe.error().text;
  return {*recipe, folder, content::Reference::parse(name).value()};
}

inline std::vector<std::string> files_of(const content::TemporaryStore& disk,
                                         const content::Digest& pack) {
  std::vector<std::string> out;
  const content::Manifest manifest = disk.store.read_manifest(pack).value();
  for (const content::Descriptor& layer : manifest.layers)
    out.emplace_back(content::file_path(layer));
  return out;
}

inline content::Descriptor layer_of(const content::TemporaryStore& disk,
                                    const content::Digest& pack, std::string_view path) {
  const content::Manifest manifest = disk.store.read_manifest(pack).value();
  const content::Descriptor* const found = content::find_layer(manifest, path);
  EXPECT_NE(found, nullptr) << path;
  return found == nullptr ? manifest.config : *found;
}

inline std::string text_of_layer(content::TemporaryStore& disk, const content::Digest& pack,
                                 std::string_view path) {
  const auto blob = disk.store.open_verified(layer_of(disk, pack, path), disk.progress, {});
  return content::read_text(*blob, 1 << 24).value();
}

}  // namespace tegula::build

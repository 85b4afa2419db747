// The names of the store for the C interface.
#include <vector>

#include "sdk/home.h"

struct tegula_models {
  tegula::sdk::Texts texts;
  std::vector<tegula_model> all;
};

using namespace tegula;

tegula_error* tegula_models_list(tegula_home* home, tegula_models** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_models>> {
    TRY(sdk::check_given(home, "home"));
    auto models = std::make_unique<tegula_models>();
    const content::NameListing listing = TRY(home->value->store().names());
    for (const content::Name& name : listing.names)
      models->all.push_back({models->texts.keep(name.reference.str()),
                             models->texts.keep(name.current.digest.str())});
    return models;
  });
}

size_t tegula_models_count(const tegula_models* models) {
  return models == nullptr ? 0 : models->all.size();
}

const tegula_model* tegula_models_at(const tegula_models* models, size_t index) {
  return index < tegula_models_count(models) ? &models->all[index] : nullptr;
}

void tegula_models_free(tegula_models* models) { delete models; }

// Modelpacks for the C interface.
#include <vector>

#include "content/layer.h"
#include "content/verifier.h"
#include "sdk/home.h"

struct tegula_pack {
  std::shared_ptr<tegula::sdk::Home> home;
  tegula::content::Digest manifest;
  tegula::sdk::Texts texts;
  const char* digest = "";
  const char* text = "";
  std::vector<tegula_layer> layers;
  std::vector<tegula::content::Descriptor> descriptors;  // of the same layers
};

struct tegula_reader {
  std::shared_ptr<tegula::sdk::Home> home;
  tegula::content::CheckedReader value;
};

namespace tegula::sdk {
namespace {

Result<std::unique_ptr<tegula_pack>> open_pack(std::shared_ptr<Home> home, const char* name) {
  const content::Store& store = home->store();
  const content::Digest digest = TRY(store.resolve(TRY(content::Reference::parse(name))));
  content::Manifest manifest = TRY(store.read_manifest(digest));
  std::unique_ptr<tegula_pack> out(new tegula_pack{
      .home = std::move(home), .manifest = digest, .texts = {}, .layers = {}, .descriptors = {}});
  out->digest = out->texts.keep(digest.str());
  out->text = out->texts.keep(TRY(store.read_manifest_bytes(digest)));
  for (const content::Descriptor& layer : manifest.layers)
    out->layers.push_back({out->texts.keep(std::string(content::file_path(layer))),
                           out->texts.keep(layer.media_type), out->texts.keep(layer.digest.str()),
                           layer.size});
  out->descriptors = std::move(manifest.layers);
  return out;
}

Result<std::unique_ptr<tegula_reader>> open_reader(const tegula_pack& pack, std::size_t index,
                                                   Watch& watch) {
  if (index >= pack.descriptors.size())
    return fail(Code::InvalidArgument, fmt::format("there are {} layers", pack.descriptors.size()));
  const content::Store& store = pack.home->store();
  auto reader = TRY(store.open_reader(pack.descriptors[index], watch, watch.stop()));
  return std::unique_ptr<tegula_reader>(new tegula_reader{pack.home, std::move(reader)});
}

}  // namespace
}  // namespace tegula::sdk

using namespace tegula;

tegula_error* tegula_pack_open(tegula_home* home, const char* name, tegula_pack** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_pack>> {
    TRY(sdk::check_given(home, "home"));
    TRY(sdk::check_given(name, "name"));
    return sdk::open_pack(home->value, name);
  });
}

const char* tegula_pack_digest(const tegula_pack* pack) {
  return pack == nullptr ? "" : pack->digest;
}

const char* tegula_pack_manifest(const tegula_pack* pack) {
  return pack == nullptr ? "" : pack->text;
}

size_t tegula_pack_count(const tegula_pack* pack) {
  return pack == nullptr ? 0 : pack->layers.size();
}

const tegula_layer* tegula_pack_layer(const tegula_pack* pack, size_t index) {
  return index < tegula_pack_count(pack) ? &pack->layers[index] : nullptr;
}

tegula_error* tegula_pack_verify(const tegula_pack* pack, const tegula_watch* watch) {
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(pack, "pack"));
    const std::unique_ptr<sdk::Watch> seen = TRY(sdk::Watch::of(watch));
    const content::VerifyReport report =
        TRY(pack->home->store().verify(pack->manifest, *seen, seen->stop()));
    if (report.is_good()) return {};
    return std::unexpected(content::as_error(report.faults.front()));
  });
}

void tegula_pack_free(tegula_pack* pack) { delete pack; }

tegula_error* tegula_pack_reader(const tegula_pack* pack, size_t index, const tegula_watch* watch,
                                 tegula_reader** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_reader>> {
    TRY(sdk::check_given(pack, "pack"));
    const std::unique_ptr<sdk::Watch> seen = TRY(sdk::Watch::of(watch));
    return sdk::open_reader(*pack, index, *seen);
  });
}

tegula_error* tegula_reader_read(tegula_reader* reader, uint64_t offset, void* buffer, size_t size,
                                 size_t* length) {
  if (length != nullptr) *length = 0;
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(reader, "reader"));
    TRY(sdk::check_given(length, "length"));
    if (size == 0) return {};
    TRY(sdk::check_given(buffer, "buffer"));
    *length = TRY(reader->value.read_at(offset, {static_cast<std::uint8_t*>(buffer), size}));
    return {};
  });
}

void tegula_reader_free(tegula_reader* reader) { delete reader; }

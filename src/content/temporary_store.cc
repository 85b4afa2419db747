#include "content/temporary_store.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "base/check.h"
#include "content/layer.h"

namespace tegula::content {
namespace {

Store open_or_die(const StoreContext& context) {
  auto store = Store::open(context.fs, context.clock, context.random, context.layout.root());
  CHECK(store.has_value());
  return *store;
}

}  // namespace

TemporaryStore::TemporaryStore()
    : clock(SystemClock().now() + std::chrono::hours(1)),
      context{fs, clock, random, Layout(path())},
      store(open_or_die(context)) {}

os::Path TemporaryStore::write(std::string_view name, std::string_view bytes) const {
  const os::Path path = outside(name);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string slurp(const os::Path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void overwrite(const os::Path& path, std::string_view bytes) {
  namespace fs = std::filesystem;
  const fs::perms before = fs::status(path).permissions();
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  fs::permissions(path, before);
}

void flip(const os::Path& path, std::uint64_t offset) {
  std::string bytes = slurp(path);
  CHECK(offset < bytes.size());
  bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
  overwrite(path, bytes);
}

std::string noise(std::uint64_t size, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(engine());
  return out;
}

Result<Digest> put_pack(const Store& store, const PackFiles& files, Lease& lease) {
  ModelConfig config = sample_config();
  config.diff_ids.clear();
  std::vector<Descriptor> layers;
  for (const auto& [path, bytes] : files) {
    layers.push_back(layer_of(path, bytes));
    config.diff_ids.push_back(layers.back().digest);
    TRY(store.put_bytes(bytes_of(bytes), lease));
  }
  const StoredBlob stored = TRY(store.put_bytes(bytes_of(TRY(encode(config))), lease));
  Manifest manifest{.config = {.media_type = std::string(media_type::kModelConfig),
                               .digest = stored.digest,
                               .size = stored.size},
                    .layers = std::move(layers)};
  return store.put_manifest(TRY(encode(manifest)), lease);
}

Result<Digest> build(const Store& store, std::string_view name, const PackFiles& files) {
  const auto lease = TRY(store.lease());
  const Digest digest = TRY(put_pack(store, files, *lease));
  TRY(store.tag(TRY(Reference::parse(name)), digest, "built"));
  return digest;
}

Reference named(std::string_view text) { return Reference::parse(text).value(); }

}  // namespace tegula::content

#include "build/pack_folder.h"

#include <algorithm>

#include <fmt/format.h>

#include "content/layer.h"

namespace tegula::build {
namespace {

std::unexpected<Error> read_only(const os::Path& path) {
  return fail(Code::PermissionDenied,
              fmt::format("\"{}\" is a layer of the store: it is only read", path.string()));
}

class LayerFile final : public os::File {
 public:
  explicit LayerFile(content::VerifiedBlob blob) : blob_(std::move(blob)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return blob_.file().read_at(offset, into);
  }
  Result<void> append(ByteView) override { return read_only(blob_.path()); }
  Result<void> write_at(std::uint64_t, ByteView) override { return read_only(blob_.path()); }
  Result<void> sync() override { return read_only(blob_.path()); }
  Result<os::FileStat> stat() const override { return blob_.file().stat(); }
  int descriptor() const override { return blob_.file().descriptor(); }

 private:
  content::VerifiedBlob blob_;
};

}  // namespace

Result<const content::Descriptor*> PackFolder::find(const os::Path& path) const {
  const std::string name = path.lexically_normal().string();
  const auto found = std::ranges::find(layers_, name, content::file_path);
  if (found == layers_.end())
    return fail(Code::NotFound, fmt::format("there is no file \"{}\"", name));
  return &*found;
}

Result<std::unique_ptr<os::File>> PackFolder::open(const os::Path& path) const {
  const content::Descriptor* const layer = TRY(find(path));
  content::VerifiedBlob blob =
      TRY(context_.store.open_verified(*layer, context_.progress, context_.stop));
  return std::make_unique<LayerFile>(std::move(blob));
}

Result<os::FileStat> PackFolder::stat(const os::Path& path) const {
  const content::Descriptor* const layer = TRY(find(path));
  return os::FileStat{.kind = os::FileKind::File, .size = layer->size, .mode = 0444};
}

Result<std::vector<std::string>> PackFolder::list(const os::Path&) const {
  std::vector<std::string> out;
  for (const content::Descriptor& layer : layers_) out.emplace_back(content::file_path(layer));
  std::ranges::sort(out);
  return out;
}

Result<std::unique_ptr<os::File>> PackFolder::create(const os::Path& path, std::uint32_t) {
  return read_only(path);
}
Result<std::unique_ptr<os::File>> PackFolder::open_to_write(const os::Path& path) {
  return read_only(path);
}
Result<void> PackFolder::make_folder(const os::Path& path, std::uint32_t) {
  return read_only(path);
}
Result<void> PackFolder::rename(const os::Path&, const os::Path& to) { return read_only(to); }
Result<void> PackFolder::link(const os::Path&, const os::Path& to) { return read_only(to); }
Result<void> PackFolder::remove(const os::Path& path) { return read_only(path); }
Result<void> PackFolder::set_mode(const os::Path& path, std::uint32_t) { return read_only(path); }
Result<void> PackFolder::sync_folder(const os::Path& folder) { return read_only(folder); }
Result<void> PackFolder::reflink(const os::File&, const os::Path& to, std::uint32_t) {
  return read_only(to);
}
Result<std::unique_ptr<os::FileLock>> PackFolder::lock(const os::Path& path, os::LockMode, bool) {
  return read_only(path);
}
Result<std::uint64_t> PackFolder::free_bytes(const os::Path& path) const { return read_only(path); }

}  // namespace tegula::build

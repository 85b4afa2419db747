// Adapters in the three forms: what is accepted has matrices of the base, whole, with a scale. The
// input is a GGUF file, or an adapter_config.json, a zero byte and a safetensors file.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "tensor/adapter_conversion.h"
#include "tensor/hf_config_of_gguf.h"

using namespace tegula;
using namespace tegula::tensor;

namespace {

std::unexpected<Error> none() { return fail(Code::NotFound, "there is no such file"); }

class MemoryFile final : public os::File {
 public:
  explicit MemoryFile(ByteView bytes) : source_(bytes) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return source_.read_at(offset, into);
  }
  Result<void> append(ByteView) override { return none(); }
  Result<void> write_at(std::uint64_t, ByteView) override { return none(); }
  Result<void> sync() override { return none(); }
  Result<os::FileStat> stat() const override {
    return os::FileStat{.kind = os::FileKind::File, .size = source_.size()};
  }
  int descriptor() const override { return -1; }

 private:
  MemorySource source_;
};

// The configuration, and the weights under the names of both forms.
class MemoryFolder final : public os::FileSystem {
 public:
  MemoryFolder(ByteView config, ByteView weights) : config_(config), weights_(weights) {}

  Result<std::unique_ptr<os::File>> open(const os::Path& path) const override {
    if (!has(path)) return none();
    return std::make_unique<MemoryFile>(path == kAdapterConfigFile ? config_ : weights_);
  }
  Result<os::FileStat> stat(const os::Path& path) const override { return TRY(open(path))->stat(); }
  Result<std::vector<std::string>> list(const os::Path&) const override {
    return std::vector<std::string>(kNames.begin(), kNames.end());
  }

  Result<std::unique_ptr<os::File>> create(const os::Path&, std::uint32_t) override {
    return none();
  }
  Result<std::unique_ptr<os::File>> open_to_write(const os::Path&) override { return none(); }
  Result<void> make_folder(const os::Path&, std::uint32_t) override { return none(); }
  Result<void> rename(const os::Path&, const os::Path&) override { return none(); }
  Result<void> link(const os::Path&, const os::Path&) override { return none(); }
  Result<void> remove(const os::Path&) override { return none(); }
  Result<void> set_mode(const os::Path&, std::uint32_t) override { return none(); }
  Result<void> sync_folder(const os::Path&) override { return none(); }
  Result<void> reflink(const os::File&, const os::Path&, std::uint32_t) override { return none(); }
  Result<std::unique_ptr<os::FileLock>> lock(const os::Path&, os::LockMode, bool) override {
    return none();
  }
  Result<std::uint64_t> free_bytes(const os::Path&) const override { return none(); }

 private:
  static constexpr std::array<std::string_view, 3> kNames = {kAdapterConfigFile, kPeftWeightsFile,
                                                             kMlxWeightsFile};
  static bool has(const os::Path& path) {
    return std::ranges::find(kNames, path.string()) != kNames.end();
  }

  const ByteView config_, weights_;
};

HfConfig base() {
  HfConfig out;
  out.architecture = "llama";
  out.layers = 2;
  out.hidden = out.feed_forward = out.vocabulary = 8;
  out.heads = 2;
  out.kv_heads = 1;
  out.head_size = 4;
  return out;
}

void check(const Result<std::unique_ptr<Adapter>>& adapter) {
  if (!adapter) return;
  CHECK((*adapter)->size() > 0);
  for (std::size_t i = 0; i < (*adapter)->size(); ++i) {
    const Result<AdapterPair> pair = (*adapter)->read(i);
    if (!pair) continue;
    CHECK(pair->rank > 0 && pair->scale > 0);
    CHECK(pair->a.size() == pair->rank * pair->matrix.columns);
    CHECK(pair->b.size() == pair->rank * pair->matrix.rows);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView all(data, size);
  const MemorySource source(all);
  if (const Result<Gguf> gguf = read_gguf(source)) {
    if (const Result<HfConfig> config = hf_config_of(*gguf))
      CHECK(config->heads % config->kv_heads == 0 && config->vocabulary > 0);
  }
  check(open_gguf_adapter(source, base()));
  const auto zero = std::ranges::find(all, 0);
  const auto config = static_cast<std::size_t>(zero - all.begin());
  const MemoryFolder folder(all.first(config), all.subspan(std::min(config + 1, size)));
  check(open_peft(folder, {}, base()));
  check(open_mlx(folder, {}, base()));
  return 0;
}

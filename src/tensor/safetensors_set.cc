#include "tensor/safetensors_set.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "codec/json.h"
#include "tensor/file_json.h"
#include "tensor/name_check.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kExtension = ".safetensors";
constexpr std::string_view kIndexExtension = ".safetensors.index.json";

std::string in(std::string_view file) { return fmt::format("\"{}\"", file); }

// A shard lies beside its index: a name with a folder in it could reach anything.
Result<void> check_shard_name(std::string_view name) {
  TRY(check_name(name));
  const bool plain = name.find_first_of("/\\") == name.npos && name.size() > kExtension.size();
  if (plain && name.ends_with(kExtension) && name.size() <= limits::kFileNameBytesMax) return {};
  return fail(Code::Corrupt, fmt::format("\"{}\" is not the name of a safetensors file", name));
}

// "model-00001-of-00003.safetensors" for the stem "model".
bool is_shard_of(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem) || !name.ends_with(kExtension)) return false;
  const std::string_view middle =
      name.substr(stem.size(), name.size() - stem.size() - kExtension.size());
  return middle.starts_with('-') && middle.find("-of-") != middle.npos;
}

Result<void> check_no_extra(const os::FileSystem& fs, const os::Path& folder, std::string_view stem,
                            const std::set<std::string>& shards, bool sharded) {
  for (const std::string& name : TRY(fs.list(folder))) {
    if (!is_shard_of(name, stem) || shards.contains(name)) continue;
    if (!sharded) {
      return fail(Code::NotFound,
                  fmt::format("\"{}\" is one of several shards, but \"{}{}\", which "
                              "lists them, is not in the folder",
                              name, stem, kIndexExtension));
    }
    return fail(Code::Corrupt,
                fmt::format("the shard \"{}\" is in the folder, but not in the index", name),
                "remove it if it is of another model, or fetch the index that belongs to it");
  }
  return {};
}

// Both ways: the index names what is there, and what is there is in the index.
Result<void> check_against(const SafetensorsSet& set, const WeightMap& index) {
  for (const ShardTensor& each : set.tensors()) {
    const std::string& name = each.tensor.name;
    const std::string& shard = set.shards()[each.shard];
    const auto named = index.find(name);
    if (named == index.end()) {
      return fail(Code::Corrupt,
                  fmt::format("tensor \"{}\" is in \"{}\", but not in the index", name, shard));
    }
    if (named->second != shard) {
      return fail(Code::Corrupt, fmt::format("tensor \"{}\" is in \"{}\", the index says \"{}\"",
                                             name, shard, named->second));
    }
  }
  for (const auto& [name, shard] : index) {
    if (set.find(name) == nullptr)
      return fail(Code::Corrupt, fmt::format("tensor \"{}\" is not in \"{}\"", name, shard));
  }
  return {};
}

}  // namespace

Result<WeightMap> parse_safetensors_index(std::string_view text) {
  codec::JsonLimits limits;
  limits.bytes_max = limits::kSafetensorsIndexBytesMax;
  const codec::Json json = TRY(parse_file_json(text, limits));
  const auto map = json.find("weight_map");
  if (!json.is_object() || map == json.end() || !map->is_object())
    return fail(Code::Corrupt, "the object \"weight_map\" is missing");
  WeightMap out;
  std::set<std::string_view> shards;
  for (const auto& [name, shard] : map->items()) {
    TRY(check_name(name), "weight_map");
    if (!shard.is_string())
      return fail(Code::Corrupt, fmt::format("tensor \"{}\": expected a file name", name));
    const auto [entry, is_new] = out.emplace(name, shard.get<std::string>());
    if (!shards.insert(entry->second).second) continue;
    TRY(check_shard_name(entry->second), "weight_map");
    if (shards.size() > limits::kSafetensorsShardsMax) {
      return fail(Code::Unsupported, fmt::format("the index names more than {} shards",
                                                 limits::kSafetensorsShardsMax));
    }
  }
  if (out.empty()) return fail(Code::Corrupt, "the index names no tensors");
  return out;
}

Result<SafetensorsSet> SafetensorsSet::open(const os::FileSystem& fs, const os::Path& folder) {
  return open(fs, folder, "model");
}

Result<SafetensorsSet> SafetensorsSet::open(const os::FileSystem& fs, const os::Path& folder,
                                            std::string_view stem) {
  SafetensorsSet set;
  const std::string index_name = std::string(stem) + std::string(kIndexExtension);
  const bool sharded = TRY(os::exists(fs, folder / index_name));
  WeightMap index;
  std::set<std::string> shards = {std::string(stem) + std::string(kExtension)};
  if (sharded) {
    const std::string text =
        TRY(os::read_file(fs, folder / index_name, limits::kSafetensorsIndexBytesMax));
    index = TRY(parse_safetensors_index(text), in(index_name));
    shards.clear();
    for (const auto& [name, shard] : index) shards.insert(shard);
  }
  TRY(check_no_extra(fs, folder, stem, shards, sharded));
  for (const std::string& shard : shards) TRY(set.add_shard(fs, folder, shard), in(shard));
  std::ranges::sort(set.tensors_, {},
                    [](const ShardTensor& t) { return std::string_view(t.tensor.name); });
  const auto twice = std::ranges::adjacent_find(
      set.tensors_, {}, [](const ShardTensor& t) { return std::string_view(t.tensor.name); });
  if (twice != set.tensors_.end()) {
    return fail(Code::Corrupt,
                fmt::format("tensor \"{}\" is in \"{}\" and in \"{}\"", twice->tensor.name,
                            set.names_[twice->shard], set.names_[std::next(twice)->shard]));
  }
  if (sharded) TRY(check_against(set, index), in(index_name));
  return set;
}

Result<void> SafetensorsSet::add_shard(const os::FileSystem& fs, const os::Path& folder,
                                       std::string name) {
  std::unique_ptr<os::File> file = TRY(fs.open(folder / name));
  const FileSource source = TRY(FileSource::open(*file));
  Safetensors shard = TRY(read_safetensors(source));
  if (tensors_.size() + shard.tensors.size() > limits::kSafetensorsSetTensorsMax) {
    return fail(Code::Unsupported, fmt::format("the model has more than {} tensors",
                                               limits::kSafetensorsSetTensorsMax));
  }
  if (names_.empty()) metadata_ = std::move(shard.metadata);
  for (SafetensorsTensor& tensor : shard.tensors) {
    ShardTensor& added = tensors_.emplace_back();
    added.tensor = std::move(tensor);
    added.shard = names_.size();
  }
  names_.push_back(std::move(name));
  files_.push_back(std::move(file));
  return {};
}

const ShardTensor* SafetensorsSet::find(std::string_view name) const {
  const auto at = std::ranges::lower_bound(
      tensors_, name, {}, [](const ShardTensor& t) { return std::string_view(t.tensor.name); });
  return at == tensors_.end() || at->tensor.name != name ? nullptr : &*at;
}

Result<void> SafetensorsSet::read(const ShardTensor& tensor, std::uint64_t offset,
                                  std::span<std::uint8_t> into) const {
  CHECK(offset <= tensor.tensor.bytes && into.size() <= tensor.tensor.bytes - offset);
  const std::string& name = names_[tensor.shard];
  const std::size_t got =
      TRY(files_[tensor.shard]->read_at(tensor.tensor.offset + offset, into), in(name));
  if (got == into.size()) return {};
  return fail(Code::Corrupt, fmt::format("\"{}\" became shorter while it was read", name));
}

}  // namespace tegula::tensor

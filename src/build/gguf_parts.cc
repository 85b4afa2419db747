#include "build/gguf_parts.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "build/made_files.h"
#include "build/upload.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "tensor/byte_source.h"
#include "tensor/gguf_join.h"

namespace tegula::build {
namespace {

Result<content::Descriptor> import_part(const FoundFile& part, content::Lease& lease,
                                        const BuildContext& context) {
  const content::StoredBlob blob = TRY(context.store.import_file(
      part.path, lease, {.in_place = true}, context.progress, context.stop));
  if (part.expected && *part.expected != blob.digest)
    return fail(Code::Corrupt,
                fmt::format("it has the digest {}, its keeper says {}", blob.digest.str(),
                            part.expected->str()),
                "download it again with the program that keeps it");
  return content::make_layer({.media_type = content::media_type::kWeight,
                              .path = part.name,
                              .digest = blob.digest,
                              .size = blob.size,
                              .tree_root = blob.tree_root});
}

// The parts as they were verified, open until they are joined.
struct OpenParts {
  std::vector<content::VerifiedBlob> blobs;
  std::vector<tensor::FileSource> sources;
};

Result<OpenParts> open_parts(const std::vector<content::Descriptor>& parts,
                             const BuildContext& context) {
  OpenParts out;
  for (const content::Descriptor& part : parts)
    out.blobs.push_back(TRY(context.store.open_verified(part, context.progress, context.stop)));
  for (const content::VerifiedBlob& blob : out.blobs)
    out.sources.push_back(TRY(tensor::FileSource::open(blob.file())));
  return out;
}

Result<ModelFiles> join(const std::vector<content::Descriptor>& parts, const std::string& name,
                        const ImportRequest& request, content::Lease& lease,
                        const BuildContext& context) {
  const OpenParts open = TRY(open_parts(parts, context));
  std::vector<tensor::GgufPart> sources;
  for (std::size_t i = 0; i < parts.size(); ++i)
    sources.push_back({std::string(content::file_path(parts[i])), open.sources[i]});
  const std::unique_ptr<UploadSink> sink = TRY(UploadSink::create(lease, context.files));
  TRY(tensor::join_gguf(sources, *sink, context.progress, context.stop));
  ImportRequest import = request;
  import.path = sink->path();
  import.name = name;
  import.expected.reset();
  import.in_place = false;
  return made(import_gguf(import, lease, context));
}

}  // namespace

bool is_in_parts(const std::vector<FoundFile>& files) {
  return files.size() > 1 && tensor::part_name(files.front().name).has_value();
}

Result<std::vector<FoundFile>> find_parts(const os::Path& first, const BuildContext& context) {
  const std::optional<tensor::PartName> name = tensor::part_name(first.filename().string());
  if (!name) return fail(Code::InvalidArgument, "it is no part of a model");
  const std::vector<std::string> there = TRY(context.files.list(first.parent_path()));
  std::vector<FoundFile> out;
  for (const std::string& file : TRY(tensor::parts_of_set(*name, there))) {
    os::Path path = TRY(real_path(first.parent_path() / file));
    out.push_back({.path = std::move(path), .name = file});
  }
  return out;
}

Result<JoinedParts> import_parts(const std::vector<FoundFile>& parts, const ImportRequest& request,
                                 content::Lease& lease, const BuildContext& context) {
  const std::optional<tensor::PartName> name = tensor::part_name(parts.front().name);
  if (!name) return fail(Code::InvalidArgument, "it is no part of a model");
  std::vector<content::Descriptor> layers;
  for (const FoundFile& part : parts)
    layers.push_back(
        TRY(import_part(part, lease, context), fmt::format("\"{}\"", printable(part.name))));
  ModelFiles set;
  for (const content::Descriptor& layer : layers) set.files.push_back({layer});
  const Target as_it_is = plain_target(Format::Gguf);
  const MadeFrom from{set, as_it_is, name->whole()};
  if (auto known = find_made(from, request.modified, lease, context))
    return JoinedParts{std::move(*known), std::move(layers)};
  ModelFiles model = TRY(join(layers, name->whole(), request, lease, context), name->whole());
  keep_made(from, model, context);
  return JoinedParts{std::move(model), std::move(layers)};
}

}  // namespace tegula::build

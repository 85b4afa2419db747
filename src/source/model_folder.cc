#include "source/model_folder.h"

#include "source/gguf_choice.h"

namespace tegula::source {
namespace {

Result<ForeignFile> file_in(const os::FileSystem& fs, const ModelFolder& folder,
                            const std::string& file, ForeignRole role) {
  const RealFile real = TRY(file_inside(fs, folder.root, folder.path / file));
  return ForeignFile{role, real.path, file, real.bytes, stated_digest(folder.kind, real.path)};
}

std::string choice_name(const ModelFolder& folder, const std::string& file) {
  return folder.name + ":" + file;
}

}  // namespace

std::optional<content::Digest> stated_digest(ForeignKind kind, const os::Path& real_path) {
  if (kind != ForeignKind::HuggingFace || real_path.parent_path().filename() != "blobs") return {};
  const auto digest = content::Digest::from_hex(real_path.filename().native());
  if (!digest) return {};  // a small file: a git object id, which is SHA-1
  return *digest;
}

void add_entries(const os::FileSystem& fs, const ModelFolder& folder, ForeignListing& listing) {
  const auto files = list_plain(fs, folder.path);
  if (!files) {
    listing.problems.push_back(Error(files.error()).within(folder.name));
    return;
  }
  const std::vector<std::string> models = model_files(*files);
  for (const std::string& file : models) {
    const std::string name = models.size() == 1 ? folder.name : choice_name(folder, file);
    const auto real = file_inside(fs, folder.root, folder.path / file);
    if (real) {
      listing.models.push_back({name, real->bytes});
    } else {
      listing.problems.push_back(Error(real.error()).within(name));
    }
  }
}

Result<ForeignModel> model_in(const os::FileSystem& fs, const ModelFolder& folder,
                              std::string_view choice) {
  const std::vector<std::string> files = TRY(list_plain(fs, folder.path));
  const std::string file = TRY(choose_file(files, choice));
  ForeignModel model;
  model.kind = folder.kind;
  model.name = choice_name(folder, file);
  model.revision = folder.revision;
  model.files.push_back(TRY(file_in(fs, folder, file, ForeignRole::Model)));
  const std::string projector = choose_projector(files);
  if (!projector.empty())
    model.files.push_back(TRY(file_in(fs, folder, projector, ForeignRole::Projector)));
  return model;
}

}  // namespace tegula::source

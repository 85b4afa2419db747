// tegula-convert-model: the converters alone, without a store, its hashes and its syncs.
//
//   tegula-convert-model FROM TO TYPE
//
// FROM is a Hugging Face folder or a GGUF file of floats, TO a GGUF file, TYPE a file type.
#include <span>

#include "os/file_system.h"
#include "tensor/byte_source.h"
#include "tensor/gguf_conversion.h"
#include "tensor/gguf_quantisation.h"
#include "tool.h"

namespace tegula::bench {
namespace {

class NewFile final : public tensor::ByteSink {
 public:
  explicit NewFile(os::File& file) : file_(file) {}
  Result<void> append(ByteView bytes) override { return file_.append(bytes); }

 private:
  os::File& file_;
};

Result<void> convert_folder(const os::FileSystem& fs, const os::Path& folder, tensor::FileType type,
                            tensor::ByteSink& sink) {
  const tensor::HfModel model = TRY(tensor::HfModel::open(fs, folder));
  NoProgress progress;
  return tensor::write_gguf(model, {.file_type = type, .name = {}}, sink, progress, Stop());
}

Result<void> quantise_file(const os::FileSystem& fs, const os::Path& path, tensor::FileType type,
                           tensor::ByteSink& sink) {
  const std::unique_ptr<os::File> file = TRY(fs.open(path));
  const tensor::FileSource source = TRY(tensor::FileSource::open(*file));
  const tensor::Gguf gguf = TRY(tensor::read_gguf(source));
  NoProgress progress;
  return tensor::quantise_gguf(gguf, source, {.file_type = type}, sink, progress, Stop());
}

Result<void> run(std::span<char*> arguments) {
  if (arguments.size() != 3) return fail(Code::InvalidArgument, "expected FROM TO TYPE");
  os::PosixFileSystem fs;
  const os::Path from = arguments[0];
  const tensor::FileType type = TRY(tensor::parse_file_type(arguments[2]));
  TRY(os::remove_tree(fs, arguments[1]));
  const std::unique_ptr<os::File> file = TRY(fs.create(arguments[1], 0644));
  NewFile sink(*file);
  const bool is_folder = TRY(fs.stat(from)).kind == os::FileKind::Folder;
  return is_folder ? convert_folder(fs, from, type, sink) : quantise_file(fs, from, type, sink);
}

}  // namespace
}  // namespace tegula::bench

int main(int argc, char** argv) {
  return tegula::bench::run_tool("tegula-convert-model", argc, argv, tegula::bench::run);
}

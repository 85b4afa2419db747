#include "source/foreign_import.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace tegula::source {

Result<content::StoredBlob> use_in_place(const content::Store& store, const ForeignFile& file,
                                         content::Lease& lease, Progress& progress,
                                         const Stop& stop) {
  const content::ImportOptions options{.in_place = true};
  const content::StoredBlob blob =
      TRY(store.import_file(file.path, lease, options, progress, stop));
  if (!file.stated || *file.stated == blob.digest) return blob;
  return fail(
      Code::Corrupt,
      fmt::format("\"{}\": digest does not match: want {}, got {}",
                  printable(file.path.native(), 300), file.stated->str(), blob.digest.str()),
      "the file was changed or damaged; download it again with the program it belongs to");
}

}  // namespace tegula::source

#include "os/file_view.h"

namespace tegula::os {

std::optional<FileView> FileView::map(const File&, std::uint64_t, std::size_t) {
  return std::nullopt;
}

FileView::~FileView() = default;

bool FileView::is_whole() const { return true; }

}  // namespace tegula::os

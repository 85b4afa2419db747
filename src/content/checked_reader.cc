#include "content/checked_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "content/blob_store.h"
#include "content/hash_stream.h"
#include "content/verifier.h"

namespace tegula::content {
namespace {

constexpr const char* kHint = "tegula store repair, or build or pull the model again";

// The tree of bytes that nothing but their digest vouches for.
Result<BlobTree> tree_by_digest(const Descriptor& descriptor, const os::File& file,
                                Progress& progress, const Stop& stop) {
  progress.begin("verifying " + blob_label(descriptor), descriptor.size);
  Result<HashedBlob> hashed = hash_file(file, progress, stop);
  progress.end();
  if (!hashed) return std::unexpected(std::move(hashed).error());
  if (hashed->digest == descriptor.digest) return std::move(hashed->tree);
  return fail(
      Code::Corrupt,
      fmt::format("{}: the bytes do not match {}", blob_label(descriptor), descriptor.digest.str()),
      kHint);
}

}  // namespace

Result<CheckedReader> CheckedReader::open(const StoreContext& store, const Descriptor& descriptor,
                                          Progress& progress, const Stop& stop) {
  OpenBlob blob = TRY(open_blob(store, descriptor.digest, descriptor.size), blob_label(descriptor));
  std::optional<BlobTree> tree = read_trusted_tree(store, descriptor);
  if (!tree) tree = TRY(tree_by_digest(descriptor, *blob.file, progress, stop));
  return CheckedReader(descriptor, std::move(blob.file), std::move(*tree));
}

Result<void> CheckedReader::load(std::uint64_t piece) {
  if (loaded_ == piece) return {};
  loaded_.reset();
  piece_.resize(piece_size(tree_.size, piece));
  piece_.resize(TRY(file_->read_at(piece * limits::kTreePieceBytes, piece_)));
  Result<void> good = verify_piece(tree_, piece, piece_);
  if (!good)
    return fail(Code::Corrupt, fmt::format("{}: {}", blob_label(descriptor_), good.error().text),
                kHint);
  loaded_ = piece;
  return {};
}

Result<std::size_t> CheckedReader::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
  std::size_t done = 0;
  while (done < into.size() && offset < tree_.size) {
    TRY(load(offset / limits::kTreePieceBytes));
    const ByteView from = ByteView(piece_).subspan(offset % limits::kTreePieceBytes);
    const std::size_t take = std::min(from.size(), into.size() - done);
    std::copy_n(from.begin(), take, into.begin() + static_cast<std::ptrdiff_t>(done));
    done += take;
    offset += take;
  }
  return done;
}

}  // namespace tegula::content

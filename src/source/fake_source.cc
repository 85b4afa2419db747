#include "source/fake_source.h"

namespace tegula::source {

class FakeSource::Reader final : public content::BlobReader {
 public:
  explicit Reader(FakeSource& owner) : owner_(owner) {}

  Result<void> read(const content::ByteRange& asked, content::RangeReceiver& receiver,
                    const Stop& stop) const override {
    TRY(stop.check());
    const content::ByteRange range =
        owner_.knows_ranges ? asked : content::ByteRange{0, owner_.bytes.size()};
    std::string text, tag;
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.requests_.push_back(asked);
      if (owner_.on_request) TRY(owner_.on_request(asked));
      text = owner_.bytes.substr(range.offset, range.size);
      tag = owner_.version;
      if (owner_.on_its_way) text = owner_.on_its_way(range, std::move(text));
    }
    TRY(receiver.begin({.offset = range.offset, .is_whole = !owner_.knows_ranges, .version = tag}));
    constexpr std::size_t kPieceBytes = 100'003;  // meets no boundary
    for (std::size_t at = 0; at < text.size(); at += kPieceBytes) {
      const std::string_view piece = std::string_view(text).substr(at, kPieceBytes);
      {
        const std::lock_guard lock(owner_.mutex_);
        owner_.sent_ += piece.size();
      }
      TRY(receiver.take(bytes_of(piece)));
    }
    if (text.size() < range.size) return fail(Code::Unavailable, "it broke off");
    return {};
  }

  std::string name() const override { return "fake"; }

 private:
  FakeSource& owner_;
};

std::vector<content::ByteRange> FakeSource::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::uint64_t FakeSource::bytes_sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

Result<std::unique_ptr<content::BlobReader>> FakeSource::open(const content::Descriptor&,
                                                              const Stop&) {
  return std::make_unique<Reader>(*this);
}

Result<std::optional<content::BlobTree>> FakeSource::tree(const content::Descriptor&, const Stop&) {
  if (!keeps_tree) return std::optional<content::BlobTree>();
  return std::optional(content::tree_of(bytes_of(bytes)));
}

}  // namespace tegula::source

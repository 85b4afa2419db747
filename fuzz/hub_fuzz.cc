// What a model hub answers, and the names of things on it: neither leads out of its place.
#include "base/bytes.h"
#include "base/check.h"
#include "source/hub.h"
#include "source/remote.h"

using namespace tegula::source;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto repository = parse_hub_repository(text))
    for (const HubFile& file : repository->files)
      CHECK(file.sha256.empty() || tegula::content::Digest::from_hex(file.sha256));
  if (const auto name = HubName::parse(text))
    CHECK(name->repository.find("..") == std::string::npos);
  if (const auto name = local_name(text))
    CHECK(tegula::content::Reference::parse(name->str()).value() == *name);
  return 0;
}

// A lock that parses prints to one that parses to the same, with the same build id.
#include "base/check.h"
#include "build/lock.h"

using tegula::build::Lock;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lock = Lock::parse(tegula::text_of({data, size}));
  if (!lock) return 0;
  const Lock again = Lock::parse(lock->encode()).value();
  CHECK(again == *lock);
  CHECK(again.build_id() == lock->build_id());
  CHECK(differences(*lock, again).empty());
  return 0;
}

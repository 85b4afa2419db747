// tegula-mark-start: stands in for the engine, says when it began to run (CLOCK_MONOTONIC, in
// nanoseconds) and ends.
#include <cstdio>
#include <ctime>

int main() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  std::fprintf(stderr, "mark-start: %lld\n",
               static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
  return 1;
}

// The main of a fuzz target in an ordinary build: no fuzzer, just the committed seeds and a
// bounded, always equal set of changes to each (truncations, single-bit flips). So every build and
// every sanitizer replays the corpus as a test.
//
//   TARGET_fuzz FOLDER          replay all of it; fails if it is empty
//   TARGET_fuzz FILE…           run each file as it is, for looking into a crash
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;

constexpr std::size_t kTruncationsMax = 512;
constexpr std::size_t kFlipsMax = 2048;
constexpr std::size_t kChangedBytesMax = 8 << 20;  // a seed, over all of its changes

Input read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The target sees a heap block of exactly `size` bytes, so that a sanitizer sees one byte too far.
void run(const Input& input, std::size_t size) {
  const auto block = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  std::copy_n(input.begin(), size, block.get());
  LLVMFuzzerTestOneInput(block.get(), size);
}

std::size_t step_for(std::size_t choices, std::size_t wanted_max, std::size_t bytes_each) {
  const std::size_t affordable = kChangedBytesMax / std::max<std::size_t>(bytes_each, 1);
  const std::size_t wanted = std::clamp<std::size_t>(affordable, 16, wanted_max);
  return std::max<std::size_t>(choices / wanted, 1);
}

std::size_t run_changed(Input input) {
  std::size_t count = 0;
  const std::size_t size = input.size();
  const std::size_t cut = step_for(size, kTruncationsMax, size);
  for (std::size_t end = 0; end < size; end += cut, ++count) run(input, end);
  const std::size_t flip = step_for(size * 8, kFlipsMax, size);
  for (std::size_t bit = 0; bit < size * 8; bit += flip, ++count) {
    input[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    run(input, size);
    input[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  return count;
}

int replay(const fs::path& folder) {
  std::vector<fs::path> seeds;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) seeds.push_back(entry.path());
  }
  std::sort(seeds.begin(), seeds.end());
  for (const auto& seed : seeds) {
    // Printed before it runs: the last line of a crashed test names the seed.
    std::printf("%s", seed.c_str());
    std::fflush(stdout);
    const Input input = read(seed);
    run(input, input.size());
    std::printf(": and %zu changes of it\n", run_changed(input));
  }
  if (!seeds.empty()) return 0;
  std::fprintf(stderr, "%s: error: no seeds, add at least one\n", folder.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER | FILE...\n", argv[0]);
    return 2;
  }
  std::error_code missing;
  if (fs::is_directory(argv[1], missing)) return replay(argv[1]);
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_regular_file(argv[i], missing)) {
      std::fprintf(stderr, "%s: error: no such file\n", argv[i]);
      return 1;
    }
    const Input input = read(argv[i]);
    run(input, input.size());
    std::printf("%s: ran\n", argv[i]);
  }
  return 0;
}

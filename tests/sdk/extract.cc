// Writes the bytes of one layer to standard output:
//   extract MODEL LAYER
#include <array>
#include <iostream>

#include <tegula/tegula.hpp>

namespace {

using namespace tegula::sdk;

Result<void> write(Home& home, const std::string& model, const std::string& path) {
  const auto pack = home.pack(model);
  if (!pack) return std::unexpected(pack.error());
  const std::vector<Layer> layers = pack->layers();
  std::size_t index = 0;
  while (index < layers.size() && layers[index].path != path) ++index;
  auto reader = pack->reader(index);
  if (!reader) return std::unexpected(reader.error());
  std::array<std::byte, 100'000> buffer{};
  for (std::uint64_t offset = 0;;) {
    const auto length = reader->read(offset, buffer);
    if (!length) return std::unexpected(length.error());
    if (*length == 0) return {};
    std::cout.write(reinterpret_cast<const char*>(buffer.data()),
                    static_cast<std::streamsize>(*length));
    offset += *length;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto home = Home::open();
  const auto done = home ? write(*home, argv[1], argv[2]) : std::unexpected(home.error());
  if (done) return 0;
  std::cerr << "extract: " << tegula_code_name(done.error().code) << ": " << done.error().text
            << "\n";
  return 1;
}

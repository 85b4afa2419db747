// Says what models are there and what they are made of, and checks every byte of them:
//   inspect [NAME…]
#include <iostream>

#include <tegula/tegula.hpp>

namespace {

using namespace tegula::sdk;

int fail(const Error& error) {
  std::cerr << "inspect: " << tegula_code_name(error.code) << ": " << error.text << "\n";
  if (!error.hint.empty()) std::cerr << "hint: " << error.hint << "\n";
  return 1;
}

int inspect(Home& home, const std::string& name) {
  const Result<Pack> pack = home.pack(name);
  if (!pack) return fail(pack.error());
  std::cout << name << " " << pack->digest() << "\n";
  for (const Layer& layer : pack->layers())
    std::cout << "  " << layer.path << " " << layer.bytes << " " << layer.media_type << "\n";
  if (const auto good = pack->verify(); !good) return fail(good.error());
  std::cout << "  every byte is as it was made\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Result<Home> home = Home::open();
  if (!home) return fail(home.error());
  std::vector<std::string> names(argv + 1, argv + argc);
  if (names.empty()) {
    const auto models = home->models();
    if (!models) return fail(models.error());
    for (const Model& model : *models) names.push_back(model.name);
  }
  int status = 0;
  for (const std::string& name : names) status |= inspect(*home, name);
  return status;
}

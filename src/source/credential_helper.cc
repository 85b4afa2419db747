#include "source/credential_helper.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "os/process.h"

namespace tegula::source {
namespace {

// What keyrings and password stores find their own things by.
constexpr std::array kPassedOn = {"PATH",          "HOME",
                                  "LANG",          "XDG_RUNTIME_DIR",
                                  "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS",
                                  "DISPLAY",       "WAYLAND_DISPLAY",
                                  "GNUPGHOME",     "PASSWORD_STORE_DIR"};
constexpr std::string_view kTokenUser = "<token>";  // then the secret is an identity token
constexpr std::string_view kNone = "credentials not found";

bool is_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    const char lower = lower_ascii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && std::ranges::all_of(name, is_allowed);
}

std::optional<std::filesystem::path> find_program(const std::string& file,
                                                  const os::Environment& environment) {
  const std::string folders = environment.get("PATH").value_or("");
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::filesystem::path path = std::filesystem::path(folders.substr(at, end - at)) / file;
    std::error_code error;
    if (path.is_absolute() && std::filesystem::is_regular_file(path, error)) return path;
    at = end + 1;
  }
  return std::nullopt;
}

std::vector<std::string> passed_on(const os::Environment& environment) {
  std::vector<std::string> out;
  for (const char* name : kPassedOn)
    if (const auto value = environment.get(name)) out.push_back(fmt::format("{}={}", name, *value));
  return out;
}

struct Answer {
  os::ExitStatus status;
  std::string text;
};

Result<std::string> read_all(int fd, const Stop& stop) {
  std::string out;
  std::array<char, 4096> chunk;
  while (const std::size_t count = TRY(os::read_some(fd, chunk.data(), chunk.size(), stop))) {
    out.append(chunk.data(), count);
    if (out.size() > limits::kCredentialFileBytesMax)
      return fail(Code::Corrupt, "it answers without an end");
  }
  return out;
}

Result<Answer> run(const std::filesystem::path& program, const std::string& host,
                   const os::Environment& environment, const Stop& stop) {
  const os::Descriptor question = TRY(os::create_anonymous_file(host));
  os::Pipe pipe = TRY(os::create_pipe());
  os::ProcessSpec spec{.program = program, .arguments = {"get"}};
  spec.environment = passed_on(environment);
  spec.descriptors = {question.get(), pipe.write.get(), -1};
  spec.own_session = false;  // it may have to ask for the keyring's own password
  os::Process process = TRY(os::Process::spawn(spec));
  pipe.write.close();
  Answer out;
  out.text = TRY(read_all(pipe.read.get(), stop));
  out.status = TRY(process.wait(stop));
  return out;
}

Result<std::optional<Credential>> parse(const std::string& text) {
  const auto json = codec::parse_json(text);
  if (!json || !json->is_object()) return fail(Code::Corrupt, "its answer is no JSON object");
  const std::string user = TRY(codec::string_member(*json, "Username"));
  const std::string secret = TRY(codec::string_member(*json, "Secret"));
  Credential out;
  if (user == kTokenUser) {
    out.identity_token = secret;
  } else {
    out.user = user;
    out.password = secret;
  }
  return std::optional(std::move(out));
}

}  // namespace

Result<std::optional<Credential>> ask_credential_helper(const std::string& name,
                                                        const std::string& host,
                                                        const os::Environment& environment,
                                                        const Stop& stop) {
  if (!is_name(name))
    return fail(Code::Corrupt,
                fmt::format("\"{}\" is no name of a credential helper", printable(name)));
  const std::string file = "docker-credential-" + name;
  const auto program = find_program(file, environment);
  if (!program) return std::optional<Credential>();
  const Answer answer = TRY(run(*program, host, environment, stop), file);
  if (answer.status.ok()) return TRY(parse(answer.text), file);
  if (answer.text.starts_with(kNone)) return std::optional<Credential>();
  return fail(Code::Unavailable, fmt::format("{} {}", file, describe(answer.status)),
              "does `docker login` still work?");
}

}  // namespace tegula::source

#include "cli/rebuild.h"

#include <thread>

#include "attest/verdict.h"
#include "base/limits.h"
#include "build/rebuild.h"
#include "build/record.h"
#include "cli/build_context.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "os/isolation.h"
#include "os/process.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kOrderFile = "order.json";
constexpr std::string_view kOutcomeFile = "outcome.json";
constexpr std::string_view kLocale = "tr_TR.UTF-8";
constexpr std::chrono::seconds kClockOffset{31'626'123};  // a year, a day and some

os::Path store_in(const os::Path& folder) { return folder / "store"; }

class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(const Clock& clock) : clock_(clock) {}
  WallTime now() const override { return clock_.now() + kClockOffset; }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }

 private:
  const Clock& clock_;
};

// Another number than a build takes by itself.
std::size_t other_threads() { return std::thread::hardware_concurrency() == 3 ? 5 : 3; }

struct Outcome {
  build::Lock lock;
  os::Isolation isolation;
};

Result<Outcome> read_outcome(const os::Path& folder, Session& session) {
  const std::string text =
      TRY(os::read_file(session.files(), folder / kOutcomeFile, limits::kJsonBytesMax));
  const codec::Json json = TRY(codec::parse_json(text));
  build::Lock lock = TRY(build::Lock::parse(TRY(codec::string_member(json, "lock"))));
  const std::string user = TRY(codec::string_member(json, "user"));
  return Outcome{std::move(lock), {json.value("network", true), user}};
}

Code code_of_exit(int status) {
  for (const Code code : {Code::Untrusted, Code::NotFound, Code::InvalidArgument, Code::Unavailable,
                          Code::DiskFull, Code::Cancelled})
    if (exit_status(code) == status) return code;
  return Code::Internal;
}

Result<void> run_second_process(const os::Path& folder, Session& session) {
  const os::Path home = folder / "home";
  TRY(os::make_folders(session.files(), home, 0700));
  const os::ProcessSpec spec{
      .program = "/proc/self/exe",
      .arguments = {std::string(kRebuildWord), folder.string()},
      .environment = {"HOME=" + home.string(), "TEGULA_HOME=" + home.string(),
                      fmt::format("LC_ALL={}", kLocale), "TZ=Pacific/Apia"},
      .descriptors = {-1, 2, 2}};
  os::Process process = TRY(os::Process::spawn(spec));
  const os::ExitStatus status = TRY(process.wait(session.stop()));
  if (status.ok()) return {};
  if (status.signal != 0) return fail(Code::Internal, "the second build " + os::describe(status));
  return std::unexpected(Error{code_of_exit(status.code), "", ""});  // it has said what is wrong
}

struct Verdict {
  std::vector<build::RebuildOutput> outputs;
  build::RebuildSurroundings surroundings;
  std::string statement;

  bool is_same() const { return build::is_same(outputs); }
};

Result<Verdict> rebuild(const content::Digest& pack, const Arguments& arguments, Session& session) {
  content::Store* const store = TRY(session.store());
  const std::unique_ptr<content::Lease> lease = TRY(store->lease());
  TRY(lease->protect(pack));
  const os::Path folder = TRY(lease->new_upload());
  TRY(os::make_folders(session.files(), folder, 0700));
  const build::BuildContext context = TRY(build_context(session));
  const content::Store other = TRY(
      content::Store::open(session.files(), session.clock(), session.random(), store_in(folder)));
  const build::RebuildRequest request{
      .pack = pack,
      .folder = folder,
      .from = std::filesystem::absolute(arguments.value("from").value_or(".")),
      .threads = other_threads()};
  const build::RebuildOrder order = TRY(build::prepare_rebuild(request, other, context));
  TRY(os::write_durably(session.files(), folder / kOrderFile, bytes_of(order.encode())));
  TRY(run_second_process(folder, session));
  const Outcome outcome = TRY(read_outcome(folder, session));
  Verdict out;
  out.outputs = TRY(build::compare_outputs(order.lock, outcome.lock, other, context));
  out.surroundings = {.has_network = outcome.isolation.has_network,
                      .user = outcome.isolation.user,
                      .locale = std::string(kLocale),
                      .clock_offset_seconds = kClockOffset.count(),
                      .threads = order.threads};
  out.statement =
      TRY(build::rebuild_verdict(order.lock, out.outputs, out.surroundings, context.builder()));
  TRY(build::put_statement(pack, out.statement, attest::kRebuildType, *lease, context));
  return out;
}

codec::OrderedJson json_of(const Verdict& verdict, const content::Reference& name,
                           const content::Digest& digest) {
  codec::OrderedJson outputs = codec::OrderedJson::array();
  for (const build::RebuildOutput& output : verdict.outputs) {
    outputs.push_back({{"target", output.target},
                       {"expected", output.expected.str()},
                       {"got", output.got.str()},
                       {"difference", text_or_null(output.difference)}});
  }
  return {{"name", name.str()},
          {"digest", digest.str()},
          {"verdict", verdict.is_same() ? "same" : "different"},
          {"outputs", outputs},
          {"network", verdict.surroundings.has_network},
          {"user", verdict.surroundings.user},
          {"threads", verdict.surroundings.threads}};
}

void report(const Verdict& verdict, const content::Reference& name, Session& session) {
  Console& console = session.console();
  std::vector<std::vector<std::string>> rows;
  for (const build::RebuildOutput& output : verdict.outputs)
    rows.push_back({"  " + output.target, output.got.str(),
                    output.is_same() ? console.green("same") : "different"});
  console.print(fmt::format("rebuilt {} {}, as user {}, in locale {}, {} threads\n{}", name.str(),
                            verdict.surroundings.has_network ? "with network" : "without network",
                            verdict.surroundings.user, verdict.surroundings.locale,
                            verdict.surroundings.threads, columns(rows)));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  const content::Digest digest = TRY(TRY(session.store())->resolve(name));
  Result<Verdict> made = rebuild(digest, arguments, session);
  if (!made && made.error().text.empty()) return std::unexpected(std::move(made).error());
  const Verdict verdict = TRY(std::move(made), fmt::format("model \"{}\"", name.str()));
  if (const auto file = arguments.value("output"))
    TRY(os::write_durably(session.files(), *file, bytes_of(verdict.statement)));
  if (arguments.has("json"))
    session.console().json(json_of(verdict, name, digest));
  else
    report(verdict, name, session);
  for (const build::RebuildOutput& output : verdict.outputs) {
    if (output.is_same()) continue;
    return fail(
        Code::Untrusted,
        fmt::format("target {} is not what its inputs give: {}", output.target, output.difference),
        "who built it had other inputs or another program, or its record is not true");
  }
  return {};
}

}  // namespace

Result<void> rebuild_elsewhere(const std::string& written, Session& session) {
  const os::Path folder = written;
  const os::Isolation isolation = TRY(os::isolate());
  const std::string text =
      TRY(os::read_file(session.files(), folder / kOrderFile, limits::kJsonBytesMax));
  const build::RebuildOrder order = TRY(build::RebuildOrder::parse(text));
  const ShiftedClock clock(session.clock());
  content::Store store =
      TRY(content::Store::open(session.files(), clock, session.random(), store_in(folder)));
  const build::BuildContext context{store,
                                    session.files(),
                                    folder / "home",
                                    {},
                                    [] { return build::BuilderInfo{}; },
                                    session.progress(),
                                    session.stop()};
  const build::Lock lock = TRY(build::rebuild(order, folder / "in", context));
  const codec::Json outcome = {
      {"lock", lock.encode()}, {"network", isolation.has_network}, {"user", isolation.user}};
  return os::write_durably(session.files(), folder / kOutcomeFile, bytes_of(outcome.dump()));
}

Command describe_rebuild() {
  return {
      .summary = "Build a model again from its lock, elsewhere, and compare",
      .text =
          "Takes the inputs that the model's recorded lock names, builds in a second process "
          "without "
          "network,\nas another user, with another folder, clock, locale and number of threads, "
          "and "
          "compares every digest.\nThe verdict is kept beside the model as an in-toto statement. "
          "Exits with 4 if anything differs,\nnaming the first layer and tensor that does.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .completes = "model"}},
      .flags = {{.name = "from",
                 .value = "FOLDER",
                 .help = "where the Modelfile lay, for inputs that the store has not",
                 .fallback = ".",
                 .completes = "file"},
                {.name = "output",
                 .letter = 'o',
                 .value = "FILE",
                 .help = "write the verdict to a file too",
                 .completes = "file"},
                kJsonFlag},
      .examples = {{"tegula rebuild starter", {}},
                   {"tegula rebuild --json -o verdict.json team/helper:v2", "for CI"}},
      .run = run,
  };
}

}  // namespace tegula::cli

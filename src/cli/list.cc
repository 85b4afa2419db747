#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/foreign.h"
#include "cli/index_page.h"
#include "cli/models.h"
#include "content/model_config.h"

namespace tegula::cli {
namespace {

struct What {
  std::uint64_t bytes = 0;
  std::string text;              // "llama 1B Q8_0"
  codec::OrderedJson json = {};  // the members of --json that are not the name's
};

struct Row {
  std::string name;
  content::TagVersion version;
  What what;
};

What what_of(const IndexSummary& index) {
  std::vector<std::string> targets;
  for (const IndexedPack& one : index.packs) targets.push_back(one.target);
  return {.bytes = index.bytes,
          .text = fmt::format("{}", fmt::join(targets, ", ")),
          .json = {{"architecture", nullptr},
                   {"parameters_text", nullptr},
                   {"quantization", nullptr},
                   {"format", "index"},
                   {"targets", targets_json(index)}}};
}

What what_of(const PackSummary& pack) {
  const content::ModelConfig& config = pack.config;
  return {.bytes = pack.bytes,
          .text = fmt::format("{} {} {}", config.descriptor.family, config.param_size,
                              config.quantization),
          .json = {{"architecture", config.descriptor.family},
                   {"parameters_text", config.param_size},
                   {"quantization", config.quantization},
                   {"format", config.format}}};
}

Result<What> what_is(const content::Digest& digest, Session& session) {
  if (const auto index = TRY(find_index(digest, session))) return what_of(*index);
  return what_of(TRY(summary_of(digest, session)));
}

Result<std::vector<Row>> rows_of(Session& session) {
  std::vector<Row> out;
  content::Store* store = TRY(session.store());
  const content::NameListing listing = TRY(store->names());
  for (const Error& problem : listing.problems) session.console().warn(problem);
  for (const content::Name& name : listing.names) {
    auto what = what_is(name.current.digest, session);
    if (!what) {
      session.console().warn(
          fmt::format("model \"{}\": {}", name.reference.str(), what.error().text));
      continue;
    }
    out.push_back({name.reference.str(), name.current, std::move(*what)});
  }
  return out;
}

codec::OrderedJson json_of(const Row& row) {
  codec::OrderedJson out = {{"name", row.name},
                            {"digest", row.version.digest.str()},
                            {"size", row.what.bytes},
                            {"modified", row.version.time}};
  out.update(row.what.json);
  return out;
}

// Those of every other program, by name; what cannot be used is said.
Result<std::vector<source::ForeignEntry>> list_others(Session& session) {
  std::vector<source::ForeignEntry> out;
  for (const source::ForeignStore& store : TRY(foreign_stores(session))) {
    source::ForeignListing listing = TRY(source::list_models(session.files(), store));
    for (const Error& problem : listing.problems) session.console().warn(problem.text);
    out.insert(out.end(), listing.models.begin(), listing.models.end());
  }
  return out;
}

void print_json(const std::vector<Row>& rows, const std::vector<source::ForeignEntry>& others,
                Console& console) {
  codec::OrderedJson models = codec::OrderedJson::array();
  codec::OrderedJson foreign = codec::OrderedJson::array();
  for (const Row& row : rows) models.push_back(json_of(row));
  for (const source::ForeignEntry& entry : others)
    foreign.push_back({{"name", entry.name}, {"size", entry.bytes}});
  console.json({{"models", models}, {"others", foreign}});
}

Result<void> run(const Arguments& arguments, Session& session) {
  const std::vector<Row> rows = TRY(rows_of(session));
  std::vector<source::ForeignEntry> others;
  if (arguments.has("all")) others = TRY(list_others(session));
  if (arguments.has("json")) {
    print_json(rows, others, session.console());
    return {};
  }
  std::vector<std::vector<std::string>> table = {{"NAME", "DIGEST", "SIZE", "MODEL", "CHANGED"}};
  for (const Row& row : rows)
    table.push_back({row.name, content::short_form(row.version.digest), human_bytes(row.what.bytes),
                     row.what.text, row.version.time});
  for (const source::ForeignEntry& entry : others)
    table.push_back({entry.name, "in place", human_bytes(entry.bytes), "", ""});
  if (table.size() == 1) {
    session.console().say("no models yet; `tegula build -t NAME FOLDER|FILE.gguf` makes one");
    return {};
  }
  session.console().print(columns(table));
  return {};
}

}  // namespace

Command describe_list() {
  return {
      .summary = "List the models on this machine",
      .text = {},
      .flags = {{.name = "all",
                 .letter = 'a',
                 .help = "also those that Ollama, LM Studio and Hugging Face keep here"},
                kJsonFlag},
      .examples = {{"tegula list --all", {}}, {"tegula list --json", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli

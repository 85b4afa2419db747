// store verify, repair, gc, df.
#include "cli/commands.h"
#include "cli/faults.h"

namespace tegula::cli {
namespace {

constexpr std::int64_t kGraceSecondsMax = 366LL * 24 * 3600;

Result<void> run_verify(const Arguments& arguments, Session& session) {
  content::Store* store = TRY(session.store());
  const content::VerifyReport report = TRY(store->verify(session.progress(), session.stop()));
  if (arguments.has("json")) {
    session.console().json(json_of(report));
  } else {
    say_faults(report, session);
  }
  if (!report.is_good()) {
    return fail(Code::Corrupt, report.faults.front().text,
                "`tegula store repair` fetches it again from a known source");
  }
  if (!arguments.has("json")) {
    session.console().print(fmt::format("{}: {} blobs, {}, every byte checked\n",
                                        session.console().green("verified"), report.blob_count,
                                        human_bytes(report.byte_count)));
  }
  return {};
}

codec::OrderedJson json_of_repair(const content::RepairReport& report) {
  codec::OrderedJson repaired = codec::OrderedJson::array();
  codec::OrderedJson left = codec::OrderedJson::array();
  for (const content::Repaired& item : report.repaired) {
    repaired.push_back(
        {{"digest", item.digest.str()}, {"file", item.file}, {"source", item.source}});
  }
  for (const content::Unrepaired& item : report.left) {
    codec::OrderedJson json = json_of(item.fault);
    json["advice"] = item.advice;
    left.push_back(json);
  }
  return {{"checked", report.checked_count}, {"repaired", repaired}, {"left", left}};
}

void say_repair(const content::RepairReport& report, Session& session) {
  for (const content::Repaired& item : report.repaired) {
    session.console().print(fmt::format("repaired {} ({}){}\n", item.file,
                                        content::short_form(item.digest),
                                        item.source.empty() ? "" : " from " + item.source));
  }
  for (const content::Unrepaired& item : report.left)
    session.console().say(fmt::format("tegula: fault: {}", item.fault.text));
}

Result<void> run_repair(const Arguments& arguments, Session& session) {
  content::Store* store = TRY(session.store());
  content::RepairOptions options;
  for (const std::string& path : arguments.values("from")) options.from.emplace_back(path);
  const content::RepairReport report =
      TRY(store->repair(options, session.progress(), session.stop()));
  if (arguments.has("json")) {
    session.console().json(json_of_repair(report));
  } else {
    say_repair(report, session);
  }
  if (!report.is_whole()) {
    return fail(
        Code::Corrupt,
        fmt::format("{} of {} could not be repaired", report.left.size(), report.checked_count),
        report.left.front().advice);
  }
  if (!arguments.has("json")) {
    session.console().print(fmt::format("{}: {} checked, {} repaired\n",
                                        session.console().green("whole"), report.checked_count,
                                        report.repaired.size()));
  }
  return {};
}

Result<void> run_collect(const Arguments& arguments, Session& session) {
  content::GcOptions options;
  options.dry_run = arguments.has("dry-run");
  if (const auto grace = TRY(arguments.integer("grace", 0, kGraceSecondsMax)))
    options.grace = std::chrono::seconds(*grace);
  content::Store* store = TRY(session.store());
  const content::GcReport report = TRY(store->gc(options));
  if (!arguments.has("json")) {
    session.console().print(fmt::format("{} {}: {} manifests, {} blobs, {} leftovers\n",
                                        options.dry_run ? "would free" : "freed",
                                        human_bytes(report.freed_bytes), report.manifests.size(),
                                        report.blobs.size(), report.leftovers));
    return {};
  }
  codec::OrderedJson manifests = codec::OrderedJson::array(), blobs = codec::OrderedJson::array();
  for (const content::Digest& digest : report.manifests) manifests.push_back(digest.str());
  for (const content::Digest& digest : report.blobs) blobs.push_back(digest.str());
  session.console().json({{"dry_run", options.dry_run},
                          {"freed_bytes", report.freed_bytes},
                          {"manifests", manifests},
                          {"blobs", blobs},
                          {"leftovers", report.leftovers}});
  return {};
}

Result<void> run_usage(const Arguments& arguments, Session& session) {
  content::Store* store = TRY(session.store());
  const content::Usage usage = TRY(store->usage({}));
  if (arguments.has("json")) {
    session.console().json({{"path", store->path().string()},
                            {"names", usage.name_count},
                            {"manifests", usage.manifest_count},
                            {"blobs", usage.blob_count},
                            {"blob_bytes", usage.blob_bytes},
                            {"tree_bytes", usage.tree_bytes},
                            {"manifest_bytes", usage.manifest_bytes},
                            {"shared_bytes", usage.shared_bytes},
                            {"external_blobs", usage.external_count},
                            {"external_bytes", usage.external_bytes},
                            {"upload_bytes", usage.upload_bytes},
                            {"trash_bytes", usage.trash_bytes},
                            {"reclaimable_bytes", usage.reclaimable_bytes}});
    return {};
  }
  session.console().print(columns({
      {"KIND", "COUNT", "SIZE"},
      {"names", fmt::format("{}", usage.name_count), ""},
      {"manifests", fmt::format("{}", usage.manifest_count), human_bytes(usage.manifest_bytes)},
      {"blobs", fmt::format("{}", usage.blob_count), human_bytes(usage.blob_bytes)},
      {"  shared by several models", "", human_bytes(usage.shared_bytes)},
      {"used in place", fmt::format("{}", usage.external_count), human_bytes(usage.external_bytes)},
      {"trees", "", human_bytes(usage.tree_bytes)},
      {"uploads and trash", "", human_bytes(usage.upload_bytes + usage.trash_bytes)},
      {"reclaimable by `store gc`", "", human_bytes(usage.reclaimable_bytes)},
  }));
  return {};
}

}  // namespace

Command describe_store_verify() {
  return {
      .summary = "Check every byte of every model",
      .text = "Exits with 4 if anything differs, naming layer and piece.",
      .flags = {kJsonFlag},
      .examples = {{"tegula store verify", {}}},
      .run = run_verify,
  };
}

Command describe_store_repair() {
  return {
      .summary = "Make damaged models whole again",
      .text =
          "Bad pieces are taken from wherever the same bytes still are: the file a layer came "
          "from, "
          "its readable\ntwin under models/, and what --from names. What cannot be found is said.",
      .flags = {{.name = "from",
                 .value = "PATH",
                 .help = "a file, or a folder to look through",
                 .repeats = true,
                 .completes = "file"},
                kJsonFlag},
      .examples = {{"tegula store repair --from ~/Downloads", {}}},
      .run = run_repair,
  };
}

Command describe_store_collect() {
  return {
      .summary = "Free the space of what no name leads to",
      .text = "Old versions of a name are kept; `tegula rm` removes them.",
      .flags = {{.name = "dry-run", .help = "only say what would go"},
                {.name = "grace",
                 .value = "SECONDS",
                 .help = "spare unnamed models younger than this",
                 .fallback = "3600"},
                kJsonFlag},
      .examples = {{"tegula store gc --dry-run", {}}},
      .run = run_collect,
  };
}

Command describe_store_usage() {
  return {
      .summary = "Say how much disk the models take",
      .text = {},
      .flags = {kJsonFlag},
      .examples = {{"tegula store df --json", {}}},
      .run = run_usage,
  };
}

}  // namespace tegula::cli

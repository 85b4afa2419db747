#include "cli/faults.h"

namespace tegula::cli {

codec::OrderedJson json_of(const content::Fault& fault) {
  const bool in_piece = fault.kind == content::FaultKind::BadPiece;
  codec::OrderedJson out = {{"kind", content::fault_name(fault.kind)}};
  out["digest"] = fault.digest ? codec::OrderedJson(fault.digest->str()) : nullptr;
  out["file"] = fault.file;
  out["piece"] = in_piece ? codec::OrderedJson(fault.piece) : nullptr;
  out["offset"] = in_piece ? codec::OrderedJson(fault.offset) : nullptr;
  out["text"] = fault.text;
  return out;
}

codec::OrderedJson json_of(const content::VerifyReport& report) {
  codec::OrderedJson faults = codec::OrderedJson::array();
  for (const content::Fault& fault : report.faults) faults.push_back(json_of(fault));
  return {{"good", report.is_good()},
          {"blobs", report.blob_count},
          {"bytes", report.byte_count},
          {"faults", faults}};
}

void say_faults(const content::VerifyReport& report, Session& session) {
  for (std::size_t i = 1; i < report.faults.size(); ++i)
    session.console().say(fmt::format("tegula: fault: {}", report.faults[i].text));
}

}  // namespace tegula::cli

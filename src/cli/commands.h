// The commands, a file each. command_table.cc puts them in the order of the help page.
#pragma once

#include "cli/arguments.h"
#include "cli/command.h"

namespace tegula::cli {

extern const Command kRun, kBuild, kList, kShow, kCopy, kTag, kRemove, kVerify, kHistory, kRollback;
extern const Command kDiff, kVerifyBundle, kSign, kAttest, kKeyCreate, kKeyShow, kKeyList;
extern const Command kRebuild, kPull, kPush, kExport, kImport;
extern const Command kModelfileParse, kModelfileFormat, kModelfileLint, kModelfileExport;
extern const Command kStoreVerify, kStoreRepair, kStoreCollect, kStoreUsage;
extern const Command kConfigList, kConfigGet, kConfigSet, kConfigUnset, kConfigPath;
extern const Command kLogInit, kLogServe, kLogAdd, kLogProve, kLogVerify, kLogFsck, kLogMonitor;
extern const Command kLogHistory;
extern const Command kWitnessInit, kWitnessServe;
extern const Command kPerimeter, kVersion, kCompletion;

}  // namespace tegula::cli

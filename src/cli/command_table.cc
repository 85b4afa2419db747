#include "cli/commands.h"

namespace tegula::cli {

std::span<const Command> command_table() {
  static const std::vector<Command> kTable = {
      kRun,
      kBuild,
      kRebuild,
      kPull,
      kPush,
      kList,
      kShow,
      kExport,
      kImport,
      kVerify,
      kSign,
      kAttest,
      kVerifyBundle,
      kHistory,
      kDiff,
      kRollback,
      kCopy,
      kTag,
      kRemove,
      kModelfileParse,
      kModelfileFormat,
      kModelfileLint,
      kModelfileExport,
      kStoreVerify,
      kStoreRepair,
      kStoreCollect,
      kStoreUsage,
      kLogInit,
      kLogServe,
      kLogAdd,
      kLogProve,
      kLogVerify,
      kLogFsck,
      kLogMonitor,
      kLogHistory,
      kWitnessInit,
      kWitnessServe,
      kKeyCreate,
      kKeyList,
      kKeyShow,
      kConfigList,
      kConfigGet,
      kConfigSet,
      kConfigUnset,
      kConfigPath,
      kPerimeter,
      kVersion,
      kCompletion,
  };
  return kTable;
}

}  // namespace tegula::cli

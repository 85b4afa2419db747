// The commands, a file each. command_table.cc names them and puts them in the order of the help
// page.
#pragma once

#include "cli/arguments.h"
#include "cli/command.h"

namespace tegula::cli {

Command describe_run();
Command describe_build();
Command describe_list();
Command describe_show();
Command describe_copy();
Command describe_tag();
Command describe_remove();
Command describe_verify();
Command describe_history();
Command describe_rollback();
Command describe_diff();
Command describe_verify_bundle();
Command describe_sign();
Command describe_attest();
Command describe_key_create();
Command describe_key_show();
Command describe_key_list();
Command describe_rebuild();
Command describe_pull();
Command describe_push();
Command describe_export();
Command describe_import();
Command describe_modelfile_parse();
Command describe_modelfile_format();
Command describe_modelfile_lint();
Command describe_modelfile_export();
Command describe_store_verify();
Command describe_store_repair();
Command describe_store_collect();
Command describe_store_usage();
Command describe_config_list();
Command describe_config_get();
Command describe_config_set();
Command describe_config_unset();
Command describe_config_path();
Command describe_log_init();
Command describe_log_serve();
Command describe_log_renew_authority();
Command describe_log_add();
Command describe_log_prove();
Command describe_log_verify();
Command describe_log_fsck();
Command describe_log_monitor();
Command describe_log_history();
Command describe_witness_init();
Command describe_witness_serve();
Command describe_perimeter();
Command describe_version();
Command describe_completion();

}  // namespace tegula::cli

# ggml_names(OUT QUANTS_H): the header in which each function that ggml-quants.h declares, and
# the few that ggml-quants.c takes from elsewhere, gets a name of ours.
function(ggml_names out quants_h)
  file(STRINGS ${quants_h} declarations REGEX "^GGML_API ")
  set(text "// Made by CMake from llama.cpp's ggml-quants.h.\n#pragma once\n")
  foreach(declaration IN LISTS declarations)
    string(REGEX REPLACE "^GGML_API [a-z_]+ ([A-Za-z0-9_]+) *\\(.*" "\\1" name "${declaration}")
    list(APPEND names ${name})
  endforeach()
  foreach(name IN LISTS names ITEMS ggml_abort ggml_row_size ggml_type_name ggml_type_size
                                    ggml_validate_row_data)
    string(APPEND text "#define ${name} tegula_${name}\n")
  endforeach()
  file(GENERATE OUTPUT ${out} CONTENT "${text}")
endfunction()

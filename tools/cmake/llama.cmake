# llama.cpp, static and Release, from the pinned source (tools/llama.sh). Only what the engine and
# its benchmarks link is built: the subdirectory is left out of `all`.
set(BUILD_SHARED_LIBS OFF)
set(LLAMA_BUILD_COMMON ON)
set(LLAMA_BUILD_TOOLS ON)
set(LLAMA_BUILD_SERVER ON)
set(LLAMA_BUILD_TESTS OFF)
set(LLAMA_BUILD_EXAMPLES OFF)
set(LLAMA_BUILD_APP OFF)
set(LLAMA_BUILD_UI OFF)
set(LLAMA_USE_PREBUILT_UI OFF)
set(LLAMA_BUILD_IS_DEV OFF)
set(LLAMA_OPENSSL OFF)
set(LLAMA_ALL_WARNINGS OFF)
set(GGML_ALL_WARNINGS OFF)
set(GGML_CCACHE OFF)
set(GGML_NATIVE OFF)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # The baseline that launch::cpu checks before it starts an engine.
  foreach(feature AVX AVX2 FMA F16C BMI2)
    set(GGML_${feature} ON)
  endforeach()
endif()
# One build for the program and the shared library (docs/design/0049): position-independent, and
# what no other library sees is called directly all the same.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
add_subdirectory(${TEGULA_LLAMA_SOURCE} ${CMAKE_BINARY_DIR}/llama EXCLUDE_FROM_ALL SYSTEM)
unset(CMAKE_POSITION_INDEPENDENT_CODE)
unset(CMAKE_C_VISIBILITY_PRESET)
unset(CMAKE_CXX_VISIBILITY_PRESET)
unset(CMAKE_VISIBILITY_INLINES_HIDDEN)

# Quantising gives the same bytes on processors that can join a product and a sum (label `targets`).
target_compile_options(ggml-base PRIVATE -ffp-contract=off)

# Its architecture test saves tiny models of each kind: model files that were not made here, for
# tests/script/llama_models.txt.
add_executable(llama-test-models ${TEGULA_LLAMA_SOURCE}/tests/test-llama-archs.cpp)
target_include_directories(llama-test-models SYSTEM PRIVATE ${TEGULA_LLAMA_SOURCE}/src)
target_link_libraries(llama-test-models PRIVATE llama llama-common)

# What tests/targets holds our files against: logits, quantised files, tokenizers.
add_executable(llama-test-tokenizer ${TEGULA_LLAMA_SOURCE}/tests/test-tokenizer-0.cpp)
target_link_libraries(llama-test-tokenizer PRIVATE llama llama-common)
add_custom_target(llama-peers ALL DEPENDS llama-quantize llama-results)

# One folder = one target = one namespace.
add_library(tegula_options INTERFACE)
target_compile_options(tegula_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's std::stable_sort calls a deprecated function of its own; g++ still checks ours.
  target_compile_options(tegula_options INTERFACE -Wno-deprecated-declarations)
endif()
# g++ 12 sees overlaps in std::string (GCC bug 105651) and unset values in std::expected that are
# not there.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tegula_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
target_include_directories(tegula_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
find_package(Threads REQUIRED)
target_link_libraries(tegula_options INTERFACE Threads::Threads)

# The system's Python before any other: the tests also run as a user who may enter no home folder.
find_program(TEGULA_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(TEGULA_PYTHON NAMES python3 REQUIRED)

# tegula_module(NAME SOURCES a.cc b.cc [TESTS a_test.cc] [LINKS other modules and libraries]
#               [PRIVATE_LINKS libraries that only the sources include])
# Makes the library tegula_NAME and, with TESTS, the test program NAME_test. What is shipped can
# also become a part of libtegula.so.
function(tegula_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(tegula_${name} STATIC ${ARG_SOURCES})
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set_target_properties(tegula_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
  target_link_libraries(tegula_${name} PUBLIC tegula_options ${ARG_LINKS}
    PRIVATE ${ARG_PRIVATE_LINKS})
  if(ARG_TESTS)
    tegula_test(${name}_test SOURCES ${ARG_TESTS} LINKS tegula_${name} ${ARG_PRIVATE_LINKS})
  endif()
endfunction()

# tegula_test(NAME SOURCES … [LINKS …] [LABELS …] [ENVIRONMENT …]): a GoogleTest program, one ctest
# entry. Without LABELS it is a `unit` test. docs/testing.md lists the labels.
function(tegula_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}"
    ENVIRONMENT "TEGULA_SOURCE_DIR=${CMAKE_SOURCE_DIR};${ARG_ENVIRONMENT}" TIMEOUT 600)
endfunction()

# tegula_python_test(NAME SCRIPT [ARGS …] [LABELS …] [ENVIRONMENT …]): one script, one ctest entry.
function(tegula_python_test name script)
  cmake_parse_arguments(ARG "" "" "ARGS;LABELS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${name} COMMAND ${TEGULA_PYTHON} -B ${script} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}"
    ENVIRONMENT "TEGULA_SOURCE_DIR=${CMAKE_SOURCE_DIR};${ARG_ENVIRONMENT}" TIMEOUT 600)
endfunction()

# tegula_fuzz(TARGET LINKS tegula_module …): fuzz/TARGET_fuzz.cc with seeds in fuzz/corpus/TARGET.
# Called in fuzz/CMakeLists.txt. In an ordinary build it is the test fuzz_TARGET, which replays the
# seeds, their truncations and bit flips; with TEGULA_FUZZ it is the libFuzzer program TARGET_fuzz.
function(tegula_fuzz target)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  set(program ${target}_fuzz)
  if(TEGULA_FUZZ)
    add_executable(${program} ${target}_fuzz.cc)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${program} PRIVATE tegula_options ${ARG_LINKS})
    return()
  endif()
  add_executable(${program} ${target}_fuzz.cc replay_main.cc)
  target_link_libraries(${program} PRIVATE tegula_options ${ARG_LINKS})
  add_test(NAME fuzz_${target} COMMAND ${program} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${target})
  set_tests_properties(fuzz_${target} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()

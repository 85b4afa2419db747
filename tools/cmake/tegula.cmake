# One folder = one target = one namespace.
add_library(tegula_options INTERFACE)
target_compile_options(tegula_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
target_include_directories(tegula_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
find_package(Threads REQUIRED)
target_link_libraries(tegula_options INTERFACE Threads::Threads)

# tegula_module(NAME SOURCES a.cc b.cc [TESTS a_test.cc] [LINKS other modules and libraries]
#               [PRIVATE_LINKS libraries that only the sources include])
# Makes the library tegula_NAME and, with TESTS, the test program NAME_test.
function(tegula_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(tegula_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(tegula_${name} PUBLIC tegula_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  if(ARG_TESTS)
    tegula_test(${name}_test SOURCES ${ARG_TESTS} LINKS tegula_${name} ${ARG_PRIVATE_LINKS})
  endif()
endfunction()

# tegula_test(NAME SOURCES … [LINKS …] [LABELS …] [ENVIRONMENT …]): a GoogleTest program, one ctest entry.
function(tegula_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" 
    ENVIRONMENT "TEGULA_SOURCE_DIR=${CMAKE_SOURCE_DIR};${ARG_ENVIRONMENT}" TIMEOUT 600)
endfunction()

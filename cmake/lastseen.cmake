# The flags of our own code.
add_library(lastseen_flags INTERFACE)
target_compile_options(lastseen_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_include_directories(lastseen_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(lastseen_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED
  LASTSEEN_VERSION="${PROJECT_VERSION}")
if(LASTSEEN_SANITIZE)
  target_compile_options(lastseen_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(lastseen_flags INTERFACE -fsanitize=address,undefined)
endif()

# lastseen_library(<name> LINKS <targets> [EXCEPT <folders>]): the static library
# of a folder, made of all sources below it but those below these folders.
function(lastseen_library folder)
  cmake_parse_arguments(ARG "" "" "LINKS;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  foreach(other IN LISTS ARG_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${other}/")
  endforeach()
  if(NOT sources)
    add_library(lastseen_${folder} INTERFACE)
    return()
  endif()
  add_library(lastseen_${folder} STATIC ${sources})
  target_link_libraries(lastseen_${folder} PUBLIC lastseen_flags ${ARG_LINKS})
endfunction()

# lastseen_test(<label> <name> LINKS <targets>): a test program made of all
# <name>/*_test.cpp beside the caller; its tests carry the label. A FILTER (as
# --gtest_filter) leaves some of them to the caller.
function(lastseen_test label name)
  cmake_parse_arguments(ARG "" "TIMEOUT;FILTER" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  if(NOT ARG_FILTER)
    set(ARG_FILTER "*")
  endif()
  set(target ${label}_${name}_tests)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE lastseen_flags ${ARG_LINKS}
    GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${target} TEST_FILTER "${ARG_FILTER}"
    PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT}
    DISCOVERY_TIMEOUT 60)
endfunction()

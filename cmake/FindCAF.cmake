# Debian's libcaf-dev ships no CMake config. This module makes the targets that
# CAF's own config makes from 0.18 on, so it can be deleted then.
find_path(CAF_INCLUDE_DIR caf/config.hpp)
file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" line REGEX "define CAF_VERSION ")
string(REGEX MATCH "[0-9]+" number "${line}")
math(EXPR major "${number} / 10000")
math(EXPR minor "${number} / 100 % 100")
math(EXPR patch "${number} % 100")
foreach(component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${component}_LIBRARY caf_${component})
  if(CAF_${component}_LIBRARY AND NOT TARGET CAF::${component})
    set(CAF_${component}_FOUND TRUE)
    add_library(CAF::${component} UNKNOWN IMPORTED)
    set_target_properties(CAF::${component} PROPERTIES
      IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
      # Debian builds CAF without this check; it lives in the headers.
      INTERFACE_COMPILE_DEFINITIONS CAF_ENABLE_TYPE_ID_CHECKS)
  endif()
endforeach()
include(FindPackageHandleStandardArgs)
set(CAF_VERSION ${major}.${minor}.${patch})
find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)

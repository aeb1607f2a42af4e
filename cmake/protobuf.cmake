# lastseen_protobuf(<target> <file>): a library of the classes that protoc makes
# of a .proto file; include it as "<path from the root without .proto>.pb.h".
function(lastseen_protobuf target file)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR
    BASE_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE folder)
  set(root "${CMAKE_BINARY_DIR}/protobuf")
  cmake_path(REPLACE_EXTENSION file LAST_ONLY "pb" OUTPUT_VARIABLE name)
  set(made "${root}/${folder}/${name}")
  file(MAKE_DIRECTORY "${root}")
  add_custom_command(OUTPUT "${made}.cc" "${made}.h"
    COMMAND protobuf::protoc "--cpp_out=${root}" -I "${CMAKE_SOURCE_DIR}"
      "${folder}/${file}"
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}" VERBATIM)
  add_library(${target} STATIC "${made}.cc" "${made}.h")
  target_include_directories(${target} SYSTEM PUBLIC "${root}")
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()

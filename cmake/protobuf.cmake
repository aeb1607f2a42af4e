# lastseen_protobuf(<target> <file> [GRPC]): a library of the classes that protoc
# makes of a .proto file; include it as "<path from the root without
# .proto>.pb.h", and those of its gRPC services as ".grpc.pb.h".
function(lastseen_protobuf target file)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR
    BASE_DIRECTORY "${CMAKE_SOURCE_DIR}" OUTPUT_VARIABLE folder)
  set(root "${CMAKE_BINARY_DIR}/protobuf")
  cmake_path(REPLACE_EXTENSION file LAST_ONLY "pb" OUTPUT_VARIABLE name)
  set(made "${root}/${folder}/${name}")
  set(output "${made}.cc" "${made}.h")
  set(options "--cpp_out=${root}")
  if("GRPC" IN_LIST ARGN)
    cmake_path(REPLACE_EXTENSION made LAST_ONLY "grpc.pb" OUTPUT_VARIABLE services)
    list(APPEND output "${services}.cc" "${services}.h")
    list(APPEND options "--grpc_out=${root}"
      "--plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}")
  endif()
  file(MAKE_DIRECTORY "${root}")
  add_custom_command(OUTPUT ${output}
    COMMAND protobuf::protoc ${options} -I "${CMAKE_SOURCE_DIR}"
      "${folder}/${file}"
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}" VERBATIM)
  add_library(${target} STATIC ${output})
  target_include_directories(${target} SYSTEM PUBLIC "${root}")
  # Not the lite library: gRPC brings the whole one into the same process.
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
endfunction()

#pragma once

#include "status/error.hpp"

#include <string>
#include <string_view>

namespace lastseen::protocol {

/// The body of a request to `/emulation`: a frame of a client whose replies
/// travel on a stream (contract.md B.8.1).
struct emulation_request {
  /// Both from the connect reply.
  std::string session;
  std::string node;
  std::string data;
};

/// `{"session":"S","node":"N","data":"<a frame>"}`; unknown fields are ignored.
/// Errors are `ec::bad_request`.
result<emulation_request> read_emulation_json(std::string_view body);

/// An `EmulationRequest` of client.proto.
result<emulation_request> read_emulation_protobuf(std::string_view body);

} // namespace lastseen::protocol

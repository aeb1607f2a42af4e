#pragma once

#include "net/api/carry_out.hpp"

#include <span>
#include <string>

/// The answers of the server API over gRPC, as the bytes of Protobuf messages.
namespace lastseen::grpc_api {

/// The response of the call's method: its result, or the error.
std::string encode_response(const server_api::call_reply& x);

/// A `Reply` of a batch.
std::string encode_batch_reply(const server_api::call_reply& x);

/// The `BatchResponse` of its replies.
std::string join_batch(std::span<const std::string> replies);

/// What goes with a status that stands for an error: a `google.rpc.Status` with
/// the `Error` among its details (`grpc-status-details-bin`).
std::string encode_details(const server_api::call_error& x);

} // namespace lastseen::grpc_api

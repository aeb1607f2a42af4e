#include "net/grpc/reply.hpp"

#include "net/grpc/api.pb.h"
#include "net/protobuf_writer.hpp"

#include <boost/json/parse.hpp>

#include <vector>

namespace lastseen::grpc_api {

namespace {

namespace json = boost::json;
namespace pb = centrifugal::centrifugo::api;
using namespace protobuf;
using server_api::call_error;
using server_api::call_method;
using server_api::call_reply;

// All responses have the same two fields.
constexpr int error_field = pb::GetUserStatusResponse::kErrorFieldNumber;
constexpr int result_field = pb::GetUserStatusResponse::kResultFieldNumber;

void append_error(std::string& out, int field, server_api::error_code code,
                  std::string_view message) {
  append_message(out, field, [&] {
    append_number(out, pb::Error::kCodeFieldNumber,
                  static_cast<std::uint64_t>(code));
    append_text(out, pb::Error::kMessageFieldNumber, message);
  });
}

std::uint64_t seconds(stamp x) {
  return static_cast<std::uint64_t>(x) / 1000;
}

void append_statuses(std::string& out, const api_response& x) {
  constexpr std::size_t usual_status_size = 40;
  out.reserve(out.size() + x.users.size() * usual_status_size);
  auto failed = x.failed.begin();
  for (std::size_t i = 0; i < x.users.size(); ++i)
    append_message(out, pb::GetUserStatusResult::kStatusesFieldNumber, [&] {
      using field = pb::UserStatus;
      append_text(out, field::kUserFieldNumber, x.users[i]);
      if (failed != x.failed.end() && failed->position == i) {
        append_error(out, field::kErrorFieldNumber,
                     server_api::error_code::internal,
                     server_api::message_for(failed->why));
        ++failed;
        return;
      }
      const auto status = x.records[i];
      append_number(out, field::kActiveFieldNumber, seconds(status.active));
      append_number(out, field::kOnlineFieldNumber, seconds(status.online));
      append_text(out, field::kStateFieldNumber, status.state);
    });
}

std::string_view text_of(const json::object& node, std::string_view key) {
  const auto* x = node.if_contains(key);
  return x != nullptr && x->is_string() ? std::string_view{x->get_string()}
                                        : std::string_view{};
}

std::uint32_t number_of(const json::object& node, std::string_view key) {
  const auto* x = node.if_contains(key);
  boost::system::error_code out_of_range;
  return x == nullptr ? 0 : x->to_number<std::uint32_t>(out_of_range);
}

void append_node(std::string& out, const std::string& about) {
  using field = pb::NodeResult;
  boost::system::error_code wrong;
  auto parsed = json::parse(about, wrong);
  const auto* node = parsed.if_object();
  if (wrong || node == nullptr)
    return;
  append_message(out, pb::InfoResult::kNodesFieldNumber, [&] {
    append_text(out, field::kUidFieldNumber, text_of(*node, "uid"));
    append_text(out, field::kNameFieldNumber, text_of(*node, "name"));
    append_text(out, field::kVersionFieldNumber, text_of(*node, "version"));
    append_number(out, field::kNumClientsFieldNumber,
                  number_of(*node, "num_clients"));
    append_number(out, field::kNumUsersFieldNumber,
                  number_of(*node, "num_users"));
    append_number(out, field::kNumChannelsFieldNumber,
                  number_of(*node, "num_channels"));
    append_number(out, field::kUptimeFieldNumber, number_of(*node, "uptime"));
    append_number(out, field::kNumSubsFieldNumber,
                  number_of(*node, "num_subs"));
  });
}

void append_result(std::string& out, int field, const call_reply& x) {
  append_message(out, field, [&] {
    if (x.method == call_method::get_user_status)
      append_statuses(out, x.statuses);
    for (const auto& node : x.nodes)
      append_node(out, node);
  });
}

// In a `Reply`.
int field_of(call_method x) {
  switch (x) {
    case call_method::update_user_status:
      return pb::Reply::kUpdateUserStatusFieldNumber;
    case call_method::get_user_status:
      return pb::Reply::kGetUserStatusFieldNumber;
    case call_method::delete_user_status:
      return pb::Reply::kDeleteUserStatusFieldNumber;
    case call_method::info:
      return pb::Reply::kInfoFieldNumber;
    case call_method::other:
      break;
  }
  return pb::Reply::kErrorFieldNumber;
}

std::string encode(const call_reply& x, int error, int result) {
  std::string out;
  if (x.failure)
    append_error(out, error, x.failure->code, x.failure->message);
  else
    append_result(out, result, x);
  return out;
}

} // namespace

std::string encode_response(const call_reply& x) {
  return encode(x, error_field, result_field);
}

std::string encode_batch_reply(const call_reply& x) {
  return encode(x, pb::Reply::kErrorFieldNumber, field_of(x.method));
}

std::string join_batch(std::span<const std::string> replies) {
  std::string out;
  for (const auto& x : replies)
    append_message(out, pb::BatchResponse::kRepliesFieldNumber,
                   [&] { out += x; });
  return out;
}

std::string encode_details(const call_error& x) {
  // Of google.rpc.Status and google.protobuf.Any, whose numbers are fixed.
  constexpr int code = 1;
  constexpr int message = 2;
  constexpr int details = 3;
  constexpr int type_url = 1;
  constexpr int value = 2;
  std::string out;
  append_number(out, code, server_api::grpc_status_of(x.code));
  append_text(out, message, x.message);
  append_message(out, details, [&] {
    append_text(out, type_url,
                "type.googleapis.com/centrifugal.centrifugo.api.Error");
    append_error(out, value, x.code, x.message);
  });
  return out;
}

} // namespace lastseen::grpc_api

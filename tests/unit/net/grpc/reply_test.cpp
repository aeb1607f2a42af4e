#include "net/grpc/api.pb.h"
#include "net/grpc/reply.hpp"

#include <gtest/gtest.h>

namespace lastseen::grpc_api {
namespace {

namespace pb = centrifugal::centrifugo::api;
using server_api::call_error;
using server_api::call_method;
using server_api::call_reply;
using server_api::error_code;

template <class Message>
Message parse(const std::string& bytes) {
  Message out;
  EXPECT_TRUE(out.ParseFromString(bytes));
  return out;
}

call_reply statuses() {
  call_reply out{call_method::get_user_status};
  for (auto user : {"42", "none", "43"})
    out.statuses.users.add(user);
  std::vector<record> records(3);
  records[0].active = 1'627'107'289'999;
  records[0].online = 1'627'107'290'000;
  records[0].changed = 1'627'107'290'000;
  records[0].state = "away";
  records[2].online = 999;
  out.statuses.records = stored_records{records};
  return out;
}

TEST(GrpcReplyTest, HasOneStatusPerUser) {
  auto x = parse<pb::GetUserStatusResponse>(encode_response(statuses()));
  EXPECT_FALSE(x.has_error());
  ASSERT_EQ(x.result().statuses_size(), 3);
  const auto& known = x.result().statuses(0);
  EXPECT_EQ(known.user(), "42");
  EXPECT_EQ(known.active(), 1'627'107'289);
  EXPECT_EQ(known.online(), 1'627'107'290);
  EXPECT_EQ(known.state(), "away");
  EXPECT_EQ(x.result().statuses(1).ShortDebugString(), "user: \"none\"");
  EXPECT_EQ(x.result().statuses(2).online(), 0);
}

TEST(GrpcReplyTest, HasWhyAUserCouldNotBeRead) {
  auto reply = statuses();
  reply.statuses.failed = {{1, {ec::unavailable, "redis a:1: timeout"}}};
  auto x = parse<pb::GetUserStatusResponse>(encode_response(reply));
  EXPECT_FALSE(x.result().statuses(0).has_error());
  EXPECT_EQ(x.result().statuses(1).error().code(), 100u);
  EXPECT_EQ(x.result().statuses(1).error().message(),
            "internal server error: redis a:1: timeout");
  EXPECT_EQ(x.result().statuses(1).user(), "none");
  EXPECT_FALSE(x.result().statuses(2).has_error());
}

TEST(GrpcReplyTest, HasAnEmptyResultWhereThereIsNothingToSay) {
  auto x = parse<pb::UpdateUserStatusResponse>(
    encode_response({call_method::update_user_status}));
  EXPECT_TRUE(x.has_result());
  EXPECT_FALSE(x.has_error());
}

TEST(GrpcReplyTest, HasTheErrorInstead) {
  call_reply reply{call_method::get_user_status,
                   call_error{error_code::bad_request, "bad request: x"}};
  auto x = parse<pb::GetUserStatusResponse>(encode_response(reply));
  EXPECT_FALSE(x.has_result());
  EXPECT_EQ(x.error().code(), 107u);
  EXPECT_EQ(x.error().message(), "bad request: x");
}

TEST(GrpcReplyTest, TellsOfNodesAndSkipsWhatIsNone) {
  call_reply reply{call_method::info};
  reply.nodes = {
    R"({"uid":"u","name":"n","version":"v","num_clients":1,"num_users":2,)"
    R"("num_channels":3,"uptime":4,"num_subs":5,"more":{}})",
    R"({"uid":"other","num_clients":-1,"name":7})", "[]", "{"};
  auto x = parse<pb::InfoResponse>(encode_response(reply));
  ASSERT_EQ(x.result().nodes_size(), 2);
  EXPECT_EQ(x.result().nodes(0).ShortDebugString(),
            "uid: \"u\" name: \"n\" version: \"v\" num_clients: 1 num_users: 2 "
            "num_channels: 3 uptime: 4 num_subs: 5");
  EXPECT_EQ(x.result().nodes(1).ShortDebugString(), "uid: \"other\"");
}

TEST(GrpcReplyTest, JoinsABatch) {
  std::vector<std::string> replies{
    encode_batch_reply({call_method::update_user_status}),
    encode_batch_reply(
      {call_method::other, call_error{error_code::not_found, "not found"}}),
    encode_batch_reply(statuses()),
    encode_batch_reply({call_method::delete_user_status}),
    encode_batch_reply({call_method::info})};
  auto x = parse<pb::BatchResponse>(join_batch(replies));
  ASSERT_EQ(x.replies_size(), 5);
  EXPECT_TRUE(x.replies(0).has_update_user_status());
  EXPECT_EQ(x.replies(1).error().code(), 104u);
  EXPECT_EQ(x.replies(2).get_user_status().statuses_size(), 3);
  EXPECT_TRUE(x.replies(3).has_delete_user_status());
  EXPECT_TRUE(x.replies(4).has_info());
  EXPECT_EQ(join_batch({}), "");
}

TEST(GrpcReplyTest, DescribesAnErrorForTheStatus) {
  pb::Error error;
  error.set_code(107);
  error.set_message("m");
  auto value = error.SerializeAsString();
  const std::string type =
    "type.googleapis.com/centrifugal.centrifugo.api.Error";
  auto any = std::string{"\x0a"} + static_cast<char>(type.size()) + type
             + "\x12" + static_cast<char>(value.size()) + value;
  EXPECT_EQ(encode_details({error_code::bad_request, "m"}),
            std::string{"\x08\x03\x12\x01m\x1a"} + static_cast<char>(any.size())
              + any);
}

} // namespace
} // namespace lastseen::grpc_api

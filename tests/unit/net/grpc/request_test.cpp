#include "net/grpc/api.pb.h"
#include "net/grpc/request.hpp"

#include <gtest/gtest.h>

namespace lastseen::grpc_api {
namespace {

namespace pb = centrifugal::centrifugo::api;
using server_api::batch_request;
using server_api::call_method;
using server_api::status_request;

call_method method_of(const pb::UpdateUserStatusRequest&) {
  return call_method::update_user_status;
}

call_method method_of(const pb::GetUserStatusRequest&) {
  return call_method::get_user_status;
}

template <class Message>
status_request decode(const Message& x, std::size_t max_users = 10) {
  auto decoded =
    decode_status_request(method_of(x), x.SerializeAsString(), max_users);
  if (decoded.has_error()) {
    ADD_FAILURE() << x.ShortDebugString() << ": " << decoded.error().what;
    return {};
  }
  return std::move(*decoded);
}

batch_request decode(const pb::BatchRequest& x, std::size_t max_users = 10) {
  auto decoded = decode_batch(x.SerializeAsString(), max_users);
  if (decoded.has_error()) {
    ADD_FAILURE() << x.ShortDebugString() << ": " << decoded.error().what;
    return {};
  }
  return std::move(*decoded);
}

template <class Decoded>
std::string why(const Decoded& x) {
  if (x.has_value())
    return {};
  EXPECT_EQ(x.error().code, ec::bad_request);
  return x.error().what;
}

std::string failure(std::string_view message) {
  return why(
    decode_status_request(call_method::update_user_status, message, 10));
}

pb::UpdateUserStatusRequest update(std::initializer_list<const char*> users) {
  pb::UpdateUserStatusRequest out;
  for (auto user : users)
    out.add_users(user);
  return out;
}

TEST(GrpcRequestTest, ReadsUsersInOrder) {
  auto x = decode(update({"42", "", "\xc3\xa4", "42"}));
  EXPECT_TRUE(x.has_users);
  EXPECT_EQ(x.user_count, 4u);
  ASSERT_EQ(x.users.size(), 4u);
  EXPECT_EQ(x.users[0], "42");
  EXPECT_EQ(x.users[1], "");
  EXPECT_EQ(x.users[2], "\xc3\xa4");
  EXPECT_EQ(x.users[3], "42");
  EXPECT_EQ(x.state, std::nullopt);
  EXPECT_FALSE(x.allow_partial);
}

TEST(GrpcRequestTest, TellsAnEmptyStateFromNone) {
  auto x = update({"42"});
  x.set_state("");
  EXPECT_EQ(decode(x).state, "");
  x.set_state("away");
  EXPECT_EQ(decode(x).state, "away");
}

TEST(GrpcRequestTest, ReadsTheExtension) {
  pb::GetUserStatusRequest x;
  x.add_users("42");
  x.set_allow_partial(true);
  EXPECT_TRUE(decode(x).allow_partial);
}

TEST(GrpcRequestTest, KeepsSoManyUsersAndCountsTheRest) {
  auto x = decode(update({"1", "2", "3"}), 2);
  EXPECT_EQ(x.users.size(), 2u);
  EXPECT_EQ(x.user_count, 3u);
}

TEST(GrpcRequestTest, IsEmptyWithoutBytes) {
  auto x = decode(update({}));
  EXPECT_FALSE(x.has_users);
  EXPECT_EQ(x.user_count, 0u);
}

TEST(GrpcRequestTest, SkipsWhatItDoesNotKnow) {
  using namespace std::string_literals;
  // Fields 3 (string), 4 (varint), 5 (fixed64), and `users` as a number.
  auto x = decode_status_request(
    call_method::get_user_status,
    "\x1a\x01z\x20\x07\x29\0\0\0\0\0\0\0\0\x08\x01\x0a\x01"s + "7", 10);
  ASSERT_TRUE(x);
  ASSERT_EQ(x->users.size(), 1u);
  EXPECT_EQ(x->users[0], "7");
}

TEST(GrpcRequestTest, SkipsWhatTheMethodDoesNotHave) {
  // A state that is no text, and `allow_partial`.
  constexpr std::string_view bytes = "\x12\x01\xff\xa0\x06\x01\x0a\x01"
                                     "7";
  for (auto of :
       {call_method::get_user_status, call_method::delete_user_status}) {
    auto x = decode_status_request(of, bytes, 10);
    ASSERT_TRUE(x) << x.error().what;
    EXPECT_EQ(x->users.size(), 1u);
    EXPECT_EQ(x->state, std::nullopt);
    EXPECT_EQ(x->allow_partial, of == call_method::get_user_status);
  }
  auto x =
    decode_status_request(call_method::update_user_status, bytes.substr(3), 10);
  ASSERT_TRUE(x) << x.error().what;
  EXPECT_FALSE(x->allow_partial);
}

TEST(GrpcRequestTest, SaysWhatIsMalformed) {
  using namespace std::string_literals;
  EXPECT_EQ(failure("\x0a\x01z\x0a\x01\xff"), "users[1]: not UTF-8");
  EXPECT_EQ(failure("\x12\x01\xff"), "state: not UTF-8");
  EXPECT_EQ(failure("\x0a\x05z"), "malformed at byte 2");
  EXPECT_EQ(failure("\x0a\xff\xff\xff\xff\x7f"), "malformed at byte 6");
  EXPECT_EQ(failure("\x0a"), "malformed at byte 1");
  EXPECT_EQ(failure("\0"s), "malformed at byte 1");
  EXPECT_EQ(failure("\x0b"), "malformed at byte 1"); // a group without an end
}

TEST(GrpcBatchTest, ReadsCommandsInOrder) {
  pb::BatchRequest x;
  x.set_parallel(true);
  *x.add_commands()->mutable_update_user_status() = update({"1"});
  x.add_commands()->mutable_get_user_status()->add_users("2");
  x.add_commands()->mutable_delete_user_status()->add_users("3");
  x.add_commands()->mutable_info();
  x.add_commands();
  auto got = decode(x);
  EXPECT_TRUE(got.parallel);
  ASSERT_EQ(got.commands.size(), 5u);
  constexpr call_method methods[] = {
    call_method::update_user_status, call_method::get_user_status,
    call_method::delete_user_status, call_method::info, call_method::other};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(got.commands[i].method, methods[i]);
    EXPECT_EQ(got.commands[i].problem, "");
  }
  EXPECT_EQ(got.commands[1].request.users[0], "2");
  EXPECT_TRUE(decode(pb::BatchRequest{}).commands.empty());
}

TEST(GrpcBatchTest, TakesTheFirstMethodOfACommand) {
  pb::Command first;
  first.mutable_get_user_status()->add_users("1");
  pb::Command second;
  second.mutable_update_user_status()->add_users("2");
  pb::Command third;
  third.mutable_get_user_status()->add_users("3");
  // In a message object the order would be lost.
  auto command = first.SerializeAsString() + second.SerializeAsString()
                 + third.SerializeAsString();
  auto got = decode_batch(
    std::string{"\x0a"} + static_cast<char>(command.size()) + command, 10);
  ASSERT_TRUE(got) << got.error().what;
  ASSERT_EQ(got->commands.size(), 1u);
  const auto& x = got->commands[0];
  EXPECT_EQ(x.method, call_method::get_user_status);
  ASSERT_EQ(x.request.users.size(), 2u); // merged
  EXPECT_EQ(x.request.users[1], "3");
}

TEST(GrpcBatchTest, BoundsTheUsersOfAllCommands) {
  pb::BatchRequest x;
  for (int i = 0; i < 11; ++i)
    x.add_commands()->mutable_get_user_status()->add_users("1");
  x.mutable_commands(10)->mutable_info();
  x.mutable_commands(10)->clear_get_user_status();
  EXPECT_EQ(decode(x, 2).commands.size(), 11u);
  for (int i = 0; i < 11; ++i)
    x.mutable_commands(0)->mutable_get_user_status()->add_users("1");
  auto got = decode(x, 2);
  EXPECT_EQ(got.commands[0].problem,
            "bad request: users: at most 20 in a body, got 21");
  EXPECT_EQ(got.commands[9].problem, got.commands[0].problem);
  EXPECT_EQ(got.commands[10].problem, "");
}

TEST(GrpcBatchTest, LeavesOneCommandOfTooMany) {
  auto max = server_api::max_calls_in_body(1);
  pb::BatchRequest x;
  for (std::size_t i = 0; i < max; ++i)
    x.add_commands();
  EXPECT_EQ(decode(x, 1).commands.size(), max);
  x.add_commands()->mutable_get_user_status()->add_users("1");
  auto got = decode(x, 1);
  ASSERT_EQ(got.commands.size(), 1u);
  EXPECT_EQ(got.commands[0].problem,
            "bad request: commands: at most 100000 in a body, got 100001");
}

TEST(GrpcBatchTest, SaysWhereItIsMalformed) {
  EXPECT_EQ(why(decode_batch("\x0a\x06\x9a\x01\x03\x0a\x01\xff", 10)),
            "commands[0]: users[0]: not UTF-8");
  EXPECT_EQ(why(decode_batch("\x0a\x02\x9a\x01", 10)), "malformed at byte 4");
}

} // namespace
} // namespace lastseen::grpc_api

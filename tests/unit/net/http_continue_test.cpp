#include "tests/support/node_fixture.hpp"

namespace lastseen {
namespace {

using test::loopback_client;

/// A client that asks whether it may send its body.
class HttpContinue : public test::node_fixture {
protected:
  /// Has the client ask so behind a call that is not answered until the store
  /// is released.
  void ask_behind_a_call(loopback_client& client) {
    store().hold_reads();
    ASSERT_TRUE(client.send(get_status("a") + header));
    ASSERT_TRUE(wait_for_calls(1));
    take_in();
  }

  const std::string body = R"({"users":["b"]})";
  const std::string header = [this] {
    auto whole = post("/api/get_user_status", body, "Expect: 100-continue\r\n");
    return whole.substr(0, whole.size() - body.size());
  }();
};

TEST_F(HttpContinue, TellsAClientThatWaitsToSendItsBody) {
  start();
  loopback_client client{port()};
  ASSERT_TRUE(client.send(header));
  EXPECT_EQ(client.response()->status, 100u);
  ASSERT_TRUE(client.send(body));
  EXPECT_EQ(client.response()->status, 200u);
}

TEST_F(HttpContinue, TellsToSendABodyAfterTheAnswersThatComeBefore) {
  start();
  loopback_client client{port()};
  ASSERT_NO_FATAL_FAILURE(ask_behind_a_call(client));
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  EXPECT_EQ(client.response()->status, 100u);
  ASSERT_TRUE(client.send(body));
  EXPECT_EQ(client.response()->status, 200u);
}

TEST_F(HttpContinue, TellsNothingToAClientThatDoesNotWaitWithItsBody) {
  start();
  loopback_client client{port()};
  ASSERT_NO_FATAL_FAILURE(ask_behind_a_call(client));
  ASSERT_TRUE(client.send(body));
  ASSERT_TRUE(wait_for_calls(2));
  store().release();
  EXPECT_EQ(client.response()->status, 200u);
  EXPECT_EQ(client.response()->status, 200u);
}

} // namespace
} // namespace lastseen

#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <string>

// How a connection comes about, or why it does not.

namespace lastseen::test {
namespace {

class RedisConnect : public redis_connection {
protected:
  // The cause why a store at that address does not come up.
  error cause_of(const config::redis_address& address) {
    auto x = make(address);
    link_log links;
    x->open(links.handler());
    auto first = links.down().cause;
    EXPECT_EQ(links.down().cause.code, first.code); // and it is tried again
    calls reads{1};
    x->read(one("alice"), reads.handler<read_report>(0));
    reads.wait();
    if (auto errors = reads.errors(); errors.size() == 1) {
      EXPECT_EQ(errors[0].code, ec::unavailable);
      EXPECT_NE(errors[0].what.find(": MGET: not connected: "),
                std::string::npos)
        << errors[0].what;
    } else {
      ADD_FAILURE() << "read without a connection";
    }
    close(*x);
    return first;
  }
};

TEST_F(RedisConnect, RefusedConnectSaysWhereAndWhy) {
  redis_server server;
  auto address = server.address();
  server.stop();
  auto cause = cause_of(address);
  EXPECT_EQ(cause.code, ec::unavailable);
  EXPECT_EQ(cause.what, "redis 127.0.0.1:" + std::to_string(address.port)
                          + ": connect: Connection refused");
}

TEST_F(RedisConnect, UnknownHostsAndPathsAreTold) {
  config::redis_address address;
  address.host = "no-such-host.invalid";
  EXPECT_TRUE(cause_of(address).what.starts_with(
    "redis no-such-host.invalid:6379: resolve: "));
  address.host = "";
  address.unix_path = "/nowhere/redis.sock";
  EXPECT_EQ(cause_of(address).what, "redis /nowhere/redis.sock: connect: No "
                                    "such file or directory");
}

TEST_F(RedisConnect, HostNamesAreResolved) {
  redis_server server;
  auto address = server.address();
  address.host = "localhost";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
  EXPECT_TRUE(x.raw().name().starts_with("redis localhost:"));
}

TEST_F(RedisConnect, WrongPasswordIsToldWithoutIt) {
  redis_server server{{"--requirepass", "right-one"}};
  auto address = server.address();
  EXPECT_NE(cause_of(address).what.find("NOAUTH"), std::string::npos);
  address.password = "wrong-one";
  auto cause = cause_of(address);
  EXPECT_EQ(cause.code, ec::not_ready);
  EXPECT_NE(cause.what.find(": AUTH: WRONGPASS"), std::string::npos)
    << cause.what;
  EXPECT_EQ(cause.what.find("wrong-one"), std::string::npos);
  address.user = "nobody";
  EXPECT_EQ(cause_of(address).code, ec::not_ready);
  address.user = "";
  address.password = "right-one";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
}

TEST_F(RedisConnect, AclUsersAreUsed) {
  redis_server server;
  // What docs/redis.md says is enough.
  EXPECT_EQ(server.command({"ACL", "SETUSER", "app", "on", ">pass word",
                            "~lastseen.user_status.*", "+evalsha",
                            "+script|load", "+time", "+mget", "+set", "+del",
                            "+exists", "+select", "+client|setname"}),
            "OK");
  auto address = server.address();
  address.user = "app";
  address.password = "pass word";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
  auto t = x.now();
  x.write("alice", {t, 0, 0, 0, ""});
  EXPECT_EQ(x.read("alice").active, t);
  EXPECT_EQ(x.write("bob", {1, 0, 0, 0, ""}).expired, 1u);
  server.command(
    {"SET", "lastseen.user_status.carol", "00000000000010000000000001"});
  x.write("carol", {0, 0, t, 0, ""});
  EXPECT_EQ(x.read("carol").deleted, t);
  EXPECT_NE(server.command({"CLIENT", "LIST"}).find("user=app "),
            std::string::npos);
}

TEST_F(RedisConnect, WrongDatabaseIsTold) {
  redis_server server;
  auto address = server.address();
  address.db = 99;
  auto cause = cause_of(address);
  EXPECT_NE(cause.what.find(": SELECT: ERR DB index is out of range"),
            std::string::npos)
    << cause.what;
}

TEST_F(RedisConnect, GarbageIsAProtocolError) {
  for (auto text :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n", "$99x\r\n", "*2\r\n?"}) {
    parrot server{text};
    auto cause = cause_of(server.address());
    EXPECT_EQ(cause.code, ec::unavailable);
    EXPECT_NE(cause.what.find(": protocol error: "), std::string::npos)
      << cause.what;
  }
}

TEST_F(RedisConnect, AReplyTooMuchIsAProtocolError) {
  parrot server{"$3\r\nsha\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n:1\r\n"};
  auto x = make(server.address());
  link_log links;
  x->open(links.handler());
  EXPECT_NE(links.down().cause.what.find("reply without a command"),
            std::string::npos);
  close(*x);
}

TEST_F(RedisConnect, AServerThatHangsUpIsTold) {
  parrot server{"", true};
  auto what = cause_of(server.address()).what;
  EXPECT_TRUE(what.find("connection closed by the server") != std::string::npos
              || what.find("Connection reset by peer") != std::string::npos)
    << what;
}

TEST_F(RedisConnect, ASilentServerTimesOut) {
  parrot server{""};
  auto address = server.address();
  address.io_timeout = milliseconds{50};
  EXPECT_EQ(cause_of(address).what,
            "redis 127.0.0.1:" + std::to_string(address.port)
              + ": SCRIPT LOAD: timeout after 50ms");
}

} // namespace
} // namespace lastseen::test

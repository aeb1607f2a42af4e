#include "net/handed_sockets.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

namespace lastseen {
namespace {

int make_socket() {
  return ::socket(AF_INET, SOCK_STREAM, 0);
}

TEST(HandedSockets, CountsThoseThatAreNotClosed) {
  handed_sockets aut;
  EXPECT_EQ(aut.count(), 0u);
  auto first = make_socket();
  auto second = make_socket();
  aut.add(first);
  aut.add(second);
  EXPECT_EQ(aut.count(), 2u);
  EXPECT_EQ(aut.at_most(), 2u);
  ::close(first);
  EXPECT_EQ(aut.at_most(), 2u);
  EXPECT_EQ(aut.count(), 1u);
  EXPECT_EQ(aut.at_most(), 1u);
  ::close(second);
  EXPECT_EQ(aut.count(), 0u);
}

TEST(HandedSockets, CountsNoOtherOfTheSameNumber) {
  handed_sockets aut;
  auto socket = make_socket();
  aut.add(socket);
  ::close(socket);
  auto other = make_socket();
  ASSERT_EQ(other, socket);
  EXPECT_EQ(aut.count(), 0u);
  ::close(other);
}

TEST(HandedSockets, KeepsFewOfThoseThatAreClosed) {
  handed_sockets aut;
  auto stays = make_socket();
  aut.add(stays);
  for (int i = 0; i < 1000; ++i) {
    auto socket = make_socket();
    aut.add(socket);
    ::close(socket);
    EXPECT_LE(aut.at_most(), 65u);
  }
  EXPECT_EQ(aut.count(), 1u);
  ::close(stays);
}

} // namespace
} // namespace lastseen

#include "redis/node_commands.hpp"
#include "redis/status_commands.hpp"

#include <gtest/gtest.h>

namespace lastseen::redis {
namespace {

std::optional<std::vector<std::string>> parsed(const std::string& bytes) {
  reply_reader reader;
  reader.feed(bytes);
  auto next = reader.next();
  return parse_exchange(**next);
}

TEST(NodeCommandsTest, KeyIsBesideThoseOfUsers) {
  EXPECT_EQ(nodes_key(key_prefix("lastseen")), "lastseen.nodes");
  EXPECT_EQ(nodes_key(key_prefix("a.b")), "a.b.nodes");
}

TEST(NodeCommandsTest, ExchangeIsOneEval) {
  std::string out;
  append_exchange(out, "x.nodes", "id", "about");
  EXPECT_TRUE(out.starts_with("*6\r\n$4\r\nEVAL\r\n")) << out;
  EXPECT_TRUE(
    out.ends_with("$1\r\n1\r\n$7\r\nx.nodes\r\n$2\r\nid\r\n$5\r\nabout\r\n"))
    << out;
}

TEST(NodeCommandsTest, ReplyIsAListOfStrings) {
  using list = std::vector<std::string>;
  EXPECT_EQ(parsed("*0\r\n"), list{});
  EXPECT_EQ(parsed("*2\r\n$1\r\na\r\n$0\r\n\r\n"), (list{"a", ""}));
  for (auto bytes : {"+OK\r\n", "*1\r\n:1\r\n", "$-1\r\n", "*1\r\n*0\r\n"})
    EXPECT_FALSE(parsed(bytes)) << bytes;
}

} // namespace
} // namespace lastseen::redis

#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/read_file.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

// What docs/redis.md says that our user needs is enough, and no more.

namespace lastseen::test {
namespace {

// The words of the rule in the docs, behind `ACL SETUSER lastseen`.
std::vector<std::string> rule() {
  auto text = read_file(LASTSEEN_SOURCE_DIR "/docs/redis.md");
  constexpr std::string_view begin = "\nACL SETUSER lastseen ";
  auto at = text.find(begin);
  if (at == std::string::npos)
    return {};
  text.erase(0, at + begin.size());
  std::istringstream line{text.substr(0, text.find("\n```"))};
  std::vector<std::string> out;
  for (std::string word; line >> word;)
    if (word != "\\")
      out.push_back(word);
  return out;
}

class RedisAcl : public redis_connection {
protected:
  void set_user(const std::vector<std::string>& words) {
    for (const auto& word : words)
      if (word.starts_with('>'))
        password_ = word.substr(1);
    std::vector<std::string> command{"ACL", "SETUSER", "lastseen", "reset"};
    command.insert(command.end(), words.begin(), words.end());
    ASSERT_EQ(server_.command(command), "OK");
    server_.command({"ACL", "LOG", "RESET"});
    server_.command({"SCRIPT", "FLUSH"});
    server_.command({"FLUSHALL"});
  }

  // Does all that a node does. @returns what was refused.
  std::string refused() {
    redis::store_options options;
    options.address = server_.address();
    options.address.user = "lastseen";
    options.address.password = password_;
    options.address.db = 1;
    options.client_name = "acl";
    options.wait_replicas = 1;
    auto x = redis::make_store(io_.context(), std::move(options));
    link_log links;
    x->open(links.handler());
    if (links.next([](const store_link&) { return true; }).up) {
      server_.command({"SCRIPT", "FLUSH"});
      write(*x, {wall_now(), 0, 0, 0, ""}, true);
      // A key of another type, and a value from long ago.
      server_.command({"SELECT", "1"});
      server_.command({"DEL", "lastseen.user_status.alice"});
      server_.command({"LPUSH", "lastseen.user_status.alice", "x"});
      write(*x, {0, 0, 1, 0, ""});
      write(*x, {wall_now(), 0, 0, 0, ""});
      server_.command(
        {"SET", "lastseen.user_status.alice", "00000000000010000000000000"});
      write(*x, {0, 0, 5, 0, ""});
      calls reads{1};
      x->read(one("alice"), reads.handler<read_report>(0));
      reads.wait();
    }
    close(*x);
    return server_.command({"ACL", "LOG"});
  }

  void write(store& x, record update, bool awaited = false) {
    calls writes{1};
    x.write(std::make_shared<std::vector<status_write>>(
              std::vector<status_write>{{"alice", std::move(update), awaited}}),
            writes.handler<write_report>(0));
    writes.wait();
  }

  redis_server server_;
  std::string password_;
};

TEST_F(RedisAcl, TheRuleOfTheDocsIsEnough) {
  auto words = rule();
  ASSERT_FALSE(words.empty()) << "docs/redis.md has no rule";
  set_user(words);
  EXPECT_EQ(refused(), "");
}

TEST_F(RedisAcl, NoWordOfTheRuleMayBeMissing) {
  auto all = rule();
  for (const auto& word : all) {
    if (!word.starts_with('+') && !word.starts_with('~'))
      continue;
    auto words = all;
    std::erase(words, word);
    set_user(words);
    EXPECT_NE(refused(), "") << word;
  }
}

} // namespace
} // namespace lastseen::test

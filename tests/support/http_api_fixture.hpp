#pragma once

#include "actor_fixture.hpp"
#include "net/api/http_api.hpp"
#include "shards.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::test {

/// The server API before real actors on the test's own thread.
class http_api_fixture : public actor_fixture {
protected:
  http_api_fixture() {
    settings.http_api.key = "key";
  }

  void start() {
    env = make_environment(settings, shards.directory).value();
    supervisor_ = sys.spawn(supervisor, shards.args);
    drain();
    shards.open_stores();
    drain();
  }

  void TearDown() override {
    stop(supervisor_);
    shards.directory->clear();
  }

  /// Starts a request; the answers are in `answers`.
  void ask(http_request request) {
    server_api::serve(*env, request, {}, [this](server_api::http_answer x) {
      answers.push_back(std::move(x));
    });
    drain();
  }

  server_api::http_answer answer_to(http_request request) {
    answers.clear();
    ask(std::move(request));
    for (int i = 0; i < 20 && answers.empty(); ++i)
      advance(
        std::chrono::milliseconds{5}); // spacing of batches, clock of deletes
    if (answers.size() != 1) {
      ADD_FAILURE() << answers.size() << " answers";
      return {};
    }
    return answers[0];
  }

  static http_request post(std::string_view path, std::string_view body) {
    return {.method = "POST",
            .path = path,
            .fields = {{"X-API-Key", "key"}},
            .body = body};
  }

  std::string body_of(std::string_view path, std::string_view body) {
    auto got = answer_to(post(path, body));
    EXPECT_EQ(got.status, 200u);
    EXPECT_EQ(got.content_type, "application/json");
    return got.body;
  }

  config::settings settings;
  std::unique_ptr<environment> env;
  lastseen::test::shards shards{2, shard_options{}, clock()};
  caf::actor supervisor_;
  std::vector<server_api::http_answer> answers;
};

} // namespace lastseen::test

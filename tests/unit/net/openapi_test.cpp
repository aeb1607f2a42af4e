#include "net/api/openapi.hpp"
#include "net/gzip.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace lastseen {
namespace {

namespace json = boost::json;
using test::loopback_client;

/// What the document says of an answer, checked against real ones: types,
/// required members, members that are not mentioned.
class OpenApi : public test::node_fixture {
protected:
  void SetUp() override {
    settings.swagger.enabled = true;
    settings.http_server.max_body_size = 10'000;
    start();
    store().put("42", 1'627'107'289'999, 1'627'107'289'000);
    client.emplace(port());
    auto got = client->ask("GET /swagger/openapi.json HTTP/1.1\r\n"
                           "Host: x\r\n\r\n");
    ASSERT_TRUE(got);
    ASSERT_EQ(got->status, 200u);
    EXPECT_TRUE(got->has("Content-Type: application/json"));
    document = json::parse(got->body);
  }

  const json::value& resolved(const json::value& schema) {
    auto ref = schema.as_object().if_contains("$ref");
    if (!ref)
      return schema;
    return document.at_pointer(std::string{ref->as_string().c_str() + 1});
  }

  /// The first thing that is not as the schema says; empty: none.
  std::string fault(const json::value& x, const json::value& reference) {
    const auto& schema = resolved(reference).as_object();
    auto type = schema.at("type").as_string();
    auto wrong = "not " + std::string{type.c_str()} + ": " + json::serialize(x);
    if (type == "string")
      return x.is_string() ? "" : wrong;
    if (type == "integer")
      return x.is_int64() ? "" : wrong;
    if (type == "array") {
      if (!x.is_array())
        return wrong;
      for (const auto& item : x.as_array())
        if (auto why = fault(item, schema.at("items")); !why.empty())
          return why;
      return {};
    }
    if (type != "object" || !x.is_object())
      return wrong;
    return fault_of_object(x.as_object(), schema);
  }

  std::string fault_of_object(const json::object& x,
                              const json::object& schema) {
    auto properties = schema.if_contains("properties");
    for (const auto& [key, value] : x) {
      auto known =
        properties ? properties->as_object().if_contains(key) : nullptr;
      if (!known && schema.if_contains("additionalProperties"))
        return "not mentioned: " + std::string{key};
      if (known)
        if (auto why = fault(value, *known); !why.empty())
          return std::string{key} + ": " + why;
    }
    if (auto required = schema.if_contains("required"))
      for (const auto& key : required->as_array())
        if (!x.contains(key.as_string()))
          return "missing: " + std::string{key.as_string().c_str()};
    return {};
  }

  /// Asks, and checks the status and the answer.
  void expect(const std::string& method, std::string_view body, unsigned status,
              std::string_view fields = {}) {
    expect(method, client->ask(post("/api/" + method, body, fields)), body,
           status);
  }

  void expect(const std::string& method,
              const std::optional<test::http_response>& got,
              std::string_view body, unsigned status) {
    ASSERT_TRUE(got);
    ASSERT_EQ(got->status, status) << method << body;
    auto response =
      resolved(document.at_pointer("/paths/~1" + method + "/post/responses/"
                                   + std::to_string(status)))
        .as_object();
    if (got->body.empty()) {
      EXPECT_FALSE(response.contains("content")) << method << body;
      return;
    }
    const auto& content = response.at("content").as_object();
    if (!got->has("Content-Type: application/json")) {
      EXPECT_TRUE(content.contains("text/plain")) << method << body;
      return;
    }
    const auto& schema = content.at("application/json").at("schema");
    EXPECT_EQ(fault(json::parse(got->body), schema), "") << got->body;
  }

  json::value document;
  std::optional<loopback_client> client;
};

TEST_F(OpenApi, DescribesRealAnswers) {
  constexpr std::string_view in_status =
    "X-Centrifugo-Error-Mode: transport\r\n";
  auto users = R"({"users":["42","x"],"state":"away"})";
  for (auto method :
       {"update_user_status", "get_user_status", "delete_user_status"}) {
    expect(method, users, 200);
    expect(method, "{}", 200);
    expect(method, "{}", 400, in_status);
    expect(method, "{", 400);
    expect(method, users, 415, "Content-Encoding: br\r\n");
  }
  expect("info", "{}", 200);
  expect("batch", "{}", 200);
  expect("batch", "[]", 400);
  expect("batch",
         R"({"commands":[{"update_user_status":{"users":["42"]}},null,)"
         R"({"get_user_status":{"users":["42"]}},{"info":{}},{},)"
         R"({"delete_user_status":{"users":["42"]}}]})",
         200);
  store().fail(1, ec::rejected);
  expect("get_user_status", R"({"users":["y"]})", 500, in_status);
  store().fail(1, ec::rejected);
  expect("get_user_status", R"({"users":["y"],"allow_partial":true})", 200);
}

TEST_F(OpenApi, DescribesWhatIsNotCarriedOut) {
  for (std::string method : {"update_user_status", "get_user_status",
                             "delete_user_status", "info", "batch"}) {
    expect(method,
           client->ask("POST /api/" + method
                       + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
           "", 401);
    expect(
      method,
      loopback_client{port()}.ask("POST /api/" + method
                                  + " HTTP/1.1\r\nHost: x\r\nX-API-Key: key\r\n"
                                    "Content-Length: 10001\r\n\r\n"),
      "", 413);
    auto packed = gzip(std::string(10'001, ' '));
    expect(method, packed, 413, "Content-Encoding: gzip\r\n");
  }
  for (std::string method : {"update_user_status", "get_user_status",
                             "delete_user_status", "info", "batch"}) {
    loopback_client other{port()}; // none is accepted later
    ASSERT_EQ(other.ask(post("/api/" + method, "{}"))->status, 200u);
    env->stopping = true;
    expect(method, other.ask(post("/api/" + method, "{}")), "", 503);
    env->stopping = false;
  }
}

TEST_F(OpenApi, NamesEveryMethodAndWhereItIs) {
  EXPECT_EQ(document.at("openapi").as_string(), "3.0.3");
  EXPECT_EQ(document.at("info").at("version").as_string(), LASTSEEN_VERSION);
  EXPECT_EQ(document.at_pointer("/servers/0/url").as_string(), "/api");
  EXPECT_EQ(document.at("paths").as_object().size(), 5u);
  auto elsewhere = json::parse(server_api::openapi_document("/v1"));
  EXPECT_EQ(elsewhere.at_pointer("/servers/0/url").as_string(), "/v1");
}

TEST_F(OpenApi, HasNoLooseEnds) {
  auto text = json::serialize(document);
  constexpr std::string_view mark = R"("$ref":"#)";
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
    at += mark.size();
    auto where = text.substr(at, text.find('"', at) - at);
    boost::system::error_code missing;
    EXPECT_NE(document.find_pointer(where, missing), nullptr) << where;
  }
}

} // namespace
} // namespace lastseen

#include "net/websocket_handshake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lastseen {
namespace {

constexpr auto key = "dGhlIHNhbXBsZSBub25jZQ==";

http_request upgrade() {
  return {.method = "GET",
          .path = "/connection/websocket",
          .fields = {{"Host", "localhost"},
                     {"Upgrade", "websocket"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", key}}};
}

http_request with(std::string_view name, std::string_view value) {
  auto request = upgrade();
  for (auto& field : request.fields)
    if (field.name == name) {
      field.value = value;
      return request;
    }
  request.fields.push_back({name, value});
  return request;
}

http_request without(std::string_view name) {
  auto request = upgrade();
  std::erase_if(request.fields,
                [name](const http_field& x) { return x.name == name; });
  return request;
}

unsigned status_of(const http_request& request) {
  auto refused = refuse_handshake(request);
  return refused ? refused->status : 101;
}

std::string answer_to(const http_request& request) {
  std::string out;
  accept_handshake(request, false, {}, out);
  return out;
}

TEST(WebsocketHandshakeTest, MakesTheAcceptKeyOfTheRfc) {
  EXPECT_EQ(accept_key(key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebsocketHandshakeTest, SwitchesProtocols) {
  std::string out = "before ";
  EXPECT_EQ(status_of(upgrade()), 101U);
  accept_handshake(upgrade(), false, "X-Request-ID: a\r\n", out);
  EXPECT_EQ(out, "before HTTP/1.1 101 Switching Protocols\r\n"
                 "Upgrade: websocket\r\n"
                 "Connection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                 "X-Request-ID: a\r\n"
                 "\r\n");
}

TEST(WebsocketHandshakeTest, ReadsTokensInAnyCaseAndListsInSeveralFields) {
  EXPECT_EQ(status_of(with("Upgrade", "WebSocket")), 101U);
  EXPECT_EQ(status_of(with("Upgrade", "h2c, websocket")), 101U);
  EXPECT_EQ(status_of(with("Connection", "upgrade")), 101U);
  auto request = with("Connection", "keep-alive");
  EXPECT_EQ(status_of(request), 400U);
  request.fields.push_back({"connection", "\tUPGRADE "});
  EXPECT_EQ(status_of(request), 101U);
}

TEST(WebsocketHandshakeTest, RefusesWhatIsNoProperUpgrade) {
  for (auto name : {"Upgrade", "Connection", "Sec-WebSocket-Version",
                    "Sec-WebSocket-Key"}) {
    EXPECT_EQ(status_of(without(name)), 400U) << name;
    EXPECT_EQ(status_of(with(name, "")), 400U) << name;
  }
  EXPECT_EQ(status_of(with("Upgrade", "websocket2")), 400U);
  EXPECT_EQ(status_of(with("Connection", "close")), 400U);
  for (auto version : {"8", "12", "14", "013", "13, 8"})
    EXPECT_EQ(status_of(with("Sec-WebSocket-Version", version)), 400U);
  for (auto bad :
       {"dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZWVl", "AAAA"})
    EXPECT_EQ(status_of(with("Sec-WebSocket-Key", bad)), 400U) << bad;
  auto old = upgrade();
  old.version = 10;
  EXPECT_EQ(status_of(old), 400U);
}

TEST(WebsocketHandshakeTest, SaysWhatIsWrongAndWhichVersionItSpeaks) {
  auto refused = refuse_handshake(without("Upgrade"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->fields, "Sec-WebSocket-Version: 13\r\n");
  EXPECT_EQ(refused->body, "Bad Request: Upgrade is not websocket\n");
}

TEST(WebsocketHandshakeTest, RefusesOtherMethods) {
  for (auto method : {"POST", "HEAD", "get", "OPTIONS"}) {
    auto request = upgrade();
    request.method = method;
    EXPECT_EQ(status_of(request), 405U) << method;
  }
  auto request = upgrade();
  request.method = "POST";
  EXPECT_TRUE(refuse_handshake(request)->fields.starts_with("Allow: GET\r\n"));
}

TEST(WebsocketHandshakeTest, AgreesOnTheFirstKnownSubprotocol) {
  auto chosen = [](std::string_view offered) -> std::string {
    constexpr std::string_view name = "\r\nSec-WebSocket-Protocol: ";
    auto out = answer_to(with("Sec-WebSocket-Protocol", offered));
    EXPECT_TRUE(out.starts_with("HTTP/1.1 101 ")) << offered;
    auto at = out.find(name);
    if (at == std::string::npos)
      return "none";
    at += name.size();
    return out.substr(at, out.find('\r', at) - at);
  };
  EXPECT_EQ(chosen("centrifuge-json"), "centrifuge-json");
  EXPECT_EQ(chosen("chat, centrifuge-json"), "centrifuge-json");
  EXPECT_EQ(chosen("centrifuge-protobuf"), "centrifuge-protobuf");
  EXPECT_EQ(chosen("centrifuge-protobuf,centrifuge-json"),
            "centrifuge-protobuf");
  EXPECT_EQ(chosen("centrifuge-json,centrifuge-protobuf"), "centrifuge-json");
  for (auto offered : {"", "chat", "chat, superchat", "Centrifuge-JSON"})
    EXPECT_EQ(chosen(offered), "none") << offered;
}

TEST(WebsocketHandshakeTest, ChoosesProtobufByQueryOrSubprotocol) {
  std::string out;
  EXPECT_TRUE(
    accept_handshake(with("Sec-WebSocket-Protocol", "centrifuge-protobuf"),
                     false, {}, out)
      .protobuf);
  EXPECT_FALSE(
    accept_handshake(with("Sec-WebSocket-Protocol", "centrifuge-json"), false,
                     {}, out)
      .protobuf);
  auto protobuf = [&out](std::string_view query) {
    auto request = upgrade();
    request.query = query;
    return accept_handshake(request, false, {}, out).protobuf;
  };
  for (auto query :
       {"format=protobuf", "cf_protocol=protobuf", "a=b&format=proto%62uf"})
    EXPECT_TRUE(protobuf(query)) << query;
  for (auto query : {"", "format=json", "format=", "cf_protocol=json",
                     "x=protobuf", "cf_ws_frame_ping_pong=true"})
    EXPECT_FALSE(protobuf(query)) << query;
}

std::string extension_for(const http_request& request, bool compression) {
  constexpr std::string_view name = "\r\nSec-WebSocket-Extensions: ";
  std::string out;
  auto answer = accept_handshake(request, compression, {}, out);
  auto at = out.find(name);
  EXPECT_EQ(answer.deflate, at != std::string::npos);
  if (at == std::string::npos)
    return "none";
  at += name.size();
  return out.substr(at, out.find('\r', at) - at);
}

TEST(WebsocketHandshakeTest, AgreesOnNoExtensionUnlessToldTo) {
  auto request = with("Sec-WebSocket-Extensions", "permessage-deflate");
  EXPECT_EQ(extension_for(request, false), "none");
}

TEST(WebsocketHandshakeTest, AgreesOnDeflateWithoutContext) {
  constexpr auto agreed = "permessage-deflate; server_no_context_takeover; "
                          "client_no_context_takeover";
  for (auto offered :
       {"permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate;client_max_window_bits=10",
        "Permessage-Deflate ; client_max_window_bits=\"15\"",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover",
        "x-webkit-deflate-frame, permessage-deflate",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate"})
    EXPECT_EQ(extension_for(with("Sec-WebSocket-Extensions", offered), true),
              agreed)
      << offered;
}

TEST(WebsocketHandshakeTest, AgreesOnNoOfferThatItCannotKeep) {
  EXPECT_EQ(extension_for(upgrade(), true), "none");
  for (auto offered :
       {"", "permessage", "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; x",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=010",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits;client_max_window_bits"})
    EXPECT_EQ(extension_for(with("Sec-WebSocket-Extensions", offered), true),
              "none")
      << offered;
}

} // namespace
} // namespace lastseen

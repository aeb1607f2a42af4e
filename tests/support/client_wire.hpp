#pragma once

#include "jwt.hpp"

#include <string>
#include <string_view>

/// What goes over the wire between a client and a node of `node_fixture`.
namespace lastseen::test {

// -- from the node ------------------------------------------------------------

/// REQUIRES: at most 125 bytes.
inline std::string wire_frame(unsigned opcode, const std::string& payload) {
  return std::string{static_cast<char>(0x80 | opcode)}
         + static_cast<char>(payload.size()) + payload;
}

inline std::string wire_text(const std::string& payload) {
  return wire_frame(1, payload);
}

inline std::string wire_close(unsigned code, const std::string& reason) {
  return wire_frame(8, std::string{static_cast<char>(code >> 8)}
                         + static_cast<char>(code & 0xff) + reason);
}

// -- from the client ----------------------------------------------------------

/// A good token.
inline std::string token_of(std::string_view claims) {
  return sign_hs256(claims, "secret");
}

inline std::string connect_with(const std::string& token) {
  return R"({"id":1,"connect":{"token":")" + token + "\"}}";
}

inline std::string connect_as(std::string_view claims = R"({"sub":"42"})") {
  return connect_with(token_of(claims));
}

} // namespace lastseen::test

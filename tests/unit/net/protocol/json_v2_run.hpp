#pragma once

#include "net/protocol/json_v2.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lastseen::protocol::json_v2 {

/// The frame that is decoded most.
inline constexpr std::string_view usual =
  R"({"rpc":{"method":"update_user_status","data":{}},"id":12345})";

/// What came of a frame.
struct outcome {
  std::vector<command> commands;
  std::string error;
};

inline outcome run(decoder& codec, std::string_view frame) {
  outcome out;
  auto done =
    codec.decode(frame, [&](command& x) { out.commands.push_back(x); });
  if (done.has_error()) {
    EXPECT_EQ(done.error().code, ec::bad_request);
    out.error = done.error().what;
  }
  return out;
}

inline outcome run(std::string_view frame) {
  decoder codec;
  return run(codec, frame);
}

} // namespace lastseen::protocol::json_v2

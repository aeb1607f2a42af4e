#include "net/grpc/request.hpp"

#include "net/grpc/api.pb.h"
#include "net/protobuf_reader.hpp"
#include "net/utf8.hpp"

#include <limits>
#include <optional>
#include <string>

namespace lastseen::grpc_api {

namespace {

namespace pb = centrifugal::centrifugo::api;
using namespace protobuf;
using server_api::call;
using server_api::call_method;
using server_api::status_request;

std::optional<call_method> method_of(std::uint32_t tag) {
  switch (tag) {
    case bytes(pb::Command::kUpdateUserStatusFieldNumber):
      return call_method::update_user_status;
    case bytes(pb::Command::kGetUserStatusFieldNumber):
      return call_method::get_user_status;
    case bytes(pb::Command::kDeleteUserStatusFieldNumber):
      return call_method::delete_user_status;
    case bytes(pb::Command::kInfoFieldNumber):
      return call_method::info;
    default:
      return std::nullopt;
  }
}

// Reads one message. Its functions return false when it is malformed, with the
// reason in `problem_` if there is more to say.
class reader {
public:
  reader(std::string_view message, std::size_t max_users)
    : in_{reinterpret_cast<const std::uint8_t*>(message.data()),
          static_cast<int>(message.size())},
      max_users_{max_users} {
    in_.PushLimit(static_cast<int>(message.size()));
  }

  // Reads into a request that may have something from before: that is how
  // Protobuf merges messages.
  bool read(call_method of, status_request& to, std::size_t keep) {
    constexpr auto users = bytes(pb::GetUserStatusRequest::kUsersFieldNumber);
    constexpr auto state =
      bytes(pb::UpdateUserStatusRequest::kStateFieldNumber);
    constexpr auto allow_partial =
      varint(pb::GetUserStatusRequest::kAllowPartialFieldNumber);
    return read_fields(in_, [&](std::uint32_t tag) {
      std::string_view text;
      if (tag == users) {
        if (!read_text(text))
          return fail("users[" + std::to_string(to.user_count) + ']');
        if (to.user_count++ < keep)
          to.users.add(text);
        to.has_users = true;
        return true;
      }
      if (tag == state && of == call_method::update_user_status) {
        if (!read_text(text))
          return fail("state");
        to.state = text;
        return true;
      }
      if (tag == allow_partial && of == call_method::get_user_status)
        return read_bool(to.allow_partial);
      return skip(in_, tag);
    });
  }

  bool read(server_api::batch_request& to) {
    std::size_t commands = 0;
    std::size_t users = 0;
    auto read = read_fields(in_, [&](std::uint32_t tag) {
      if (tag == varint(pb::BatchRequest::kParallelFieldNumber))
        return read_bool(to.parallel);
      if (tag != bytes(pb::BatchRequest::kCommandsFieldNumber))
        return skip(in_, tag);
      // Those beyond the bound take the place of the last.
      if (++commands > server_api::max_calls_in_body(max_users_))
        to.commands.pop_back();
      auto keep = users > server_api::max_in_body(max_users_) ? 0 : max_users_;
      auto& x = to.commands.emplace_back();
      if (!read_message([&] { return this->read(x, keep); }))
        return fail("commands[" + std::to_string(commands - 1) + ']');
      users += x.request.user_count;
      return true;
    });
    server_api::bound(to, commands, users, max_users_);
    return read;
  }

  error why() const {
    return {ec::bad_request,
            problem_.empty()
              ? "malformed at byte " + std::to_string(in_.CurrentPosition())
              : problem_};
  }

private:
  bool read(call& to, std::size_t keep) {
    return read_fields(in_, [&](std::uint32_t tag) {
      auto method = method_of(tag);
      auto known = to.method != call_method::other;
      if (!method || (known && *method != to.method))
        return skip(in_, tag);
      to.method = *method;
      if (*method == call_method::info)
        return skip(in_, tag);
      return read_message([&] { return read(*method, to.request, keep); });
    });
  }

  template <class F>
  bool read_message(F f) {
    std::uint32_t size = 0;
    return in_.ReadVarint32(&size) && read_limited(in_, size, f);
  }

  bool read_bool(bool& to) {
    std::uint64_t x = 0;
    if (!in_.ReadVarint64(&x))
      return false;
    to = x != 0;
    return true;
  }

  // The text is in the message's own bytes.
  bool read_text(std::string_view& to) {
    std::uint32_t size = 0;
    if (!in_.ReadVarint32(&size)
        || static_cast<std::int64_t>(size) > in_.BytesUntilLimit())
      return false;
    const void* data = nullptr;
    int rest = 0;
    in_.GetDirectBufferPointerInline(&data, &rest);
    to = {static_cast<const char*>(data), size};
    if (is_utf8(to))
      return in_.Skip(static_cast<int>(size));
    problem_ = "not UTF-8";
    return false;
  }

  // Says where the problem is, if there is one.
  bool fail(const std::string& where) {
    if (!problem_.empty())
      problem_ = where + ": " + problem_;
    return false;
  }

  input in_;
  std::size_t max_users_;
  std::string problem_;
};

} // namespace

result<status_request> decode_status_request(call_method of,
                                             std::string_view message,
                                             std::size_t max_users) {
  status_request out;
  reader in{message, max_users};
  if (!in.read(of, out, max_users))
    return in.why();
  return out;
}

result<server_api::batch_request> decode_batch(std::string_view message,
                                               std::size_t max_users) {
  server_api::batch_request out;
  reader in{message, max_users};
  if (!in.read(out))
    return in.why();
  return out;
}

} // namespace lastseen::grpc_api

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
  bool read(status_request& to, std::size_t keep) {
    return read_fields(in_, [&](std::uint32_t tag) {
      std::string_view text;
      switch (tag) {
        case bytes(pb::UpdateUserStatusRequest::kUsersFieldNumber):
          if (!read_text(text))
            return fail("users[" + std::to_string(to.user_count) + ']');
          if (to.user_count++ < keep)
            to.users.add(text);
          to.has_users = true;
          return true;
        case bytes(pb::UpdateUserStatusRequest::kStateFieldNumber):
          if (!read_text(text))
            return fail("state");
          to.state = text;
          return true;
        case varint(pb::GetUserStatusRequest::kAllowPartialFieldNumber):
          return read_bool(to.allow_partial);
        default:
          return skip(in_, tag);
      }
    });
  }

  bool read(server_api::batch_request& to) {
    std::size_t total = 0;
    auto max = server_api::max_in_body(max_users_);
    auto read = read_fields(in_, [&](std::uint32_t tag) {
      if (tag == varint(pb::BatchRequest::kParallelFieldNumber))
        return read_bool(to.parallel);
      if (tag != bytes(pb::BatchRequest::kCommandsFieldNumber))
        return skip(in_, tag);
      if (to.commands.size() == max) {
        problem_ = "commands: more than ten times "
                   "user_status.max_users_per_request";
        return false;
      }
      auto keep = total > max ? 0 : max_users_;
      auto& x = to.commands.emplace_back();
      if (!read_message([&] { return this->read(x, keep); }))
        return fail("commands[" + std::to_string(to.commands.size() - 1) + ']');
      total += x.request.user_count;
      return true;
    });
    if (auto many = server_api::too_many_users(total, max_users_);
        !many.empty())
      for (auto& x : to.commands)
        if (x.request.has_users)
          x.problem = many;
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
      return read_message([&] { return read(to.request, keep); });
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

result<status_request> decode_status_request(std::string_view message,
                                             std::size_t max_users) {
  status_request out;
  reader in{message, max_users};
  if (!in.read(out, max_users))
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

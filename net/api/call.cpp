#include "net/api/call.hpp"

#include <array>

namespace lastseen::server_api {

namespace {

constexpr std::array<std::string_view, 4> names{
  "update_user_status", "get_user_status", "delete_user_status", "info"};

std::string too_many(std::string_view what, std::size_t total,
                     std::size_t max) {
  if (total <= max)
    return {};
  return std::string{message_of(error_code::bad_request)} + ": "
         + std::string{what} + ": at most " + std::to_string(max)
         + " in a body, got " + std::to_string(total);
}

} // namespace

std::string_view name_of(call_method x) noexcept {
  auto i = static_cast<std::size_t>(x);
  return i < names.size() ? names[i] : std::string_view{};
}

std::optional<call_method> call_method_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name)
      return static_cast<call_method>(i);
  return std::nullopt;
}

std::string too_many_users(std::size_t total, std::size_t max_users) {
  return too_many("users", total, max_in_body(max_users));
}

std::string too_many_calls(std::size_t total, std::size_t max_users) {
  return too_many("commands", total, max_calls_in_body(max_users));
}

} // namespace lastseen::server_api

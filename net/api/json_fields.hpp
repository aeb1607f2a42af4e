#pragma once

#include "net/api/call.hpp"
#include "net/json_sax.hpp"

#include <utility>

namespace lastseen::server_api {

/// Collects the members of a request object into a `status_request`, from the
/// events of a `json_handler`. Knows the fields of the method; the others are
/// ignored, whatever they are. `open` and `scalar` return what is wrong; after
/// that only `close` may be called until the object has ended.
class status_fields {
public:
  /// The object begins. Empties `into`, which must outlive the object.
  void begin(call_method of, status_request& into, std::size_t max_users) {
    method_ = of;
    into_ = &into;
    max_users_ = max_users;
    in_users_ = false;
    into = {};
  }

  void key(std::string_view key) noexcept {
    using enum call_method;
    auto update = method_ == update_user_status;
    auto get = method_ == get_user_status;
    auto names_users = update || get || method_ == delete_user_status;
    field_ = names_users && key == "users"   ? field::users
             : update && key == "state"      ? field::state
             : get && key == "allow_partial" ? field::allow_partial
                                             : field::ignored;
  }

  /// Whether the value of the last key is to be skipped.
  bool ignored() const noexcept {
    return field_ == field::ignored;
  }

  const char* open(json_type type) noexcept {
    if (in_users_ || field_ != field::users || type != json_type::array)
      return wrong_type();
    in_users_ = true;
    forget_users();
    into_->has_users = true;
    return nullptr;
  }

  /// @returns whether that was the end of the object.
  bool close() noexcept {
    return !std::exchange(in_users_, false);
  }

  const char* scalar(const json_scalar& x) {
    auto null = x.type == json_type::null;
    switch (field_) {
      case field::users:
        if (!in_users_ && null) {
          forget_users();
          return nullptr;
        }
        if (!in_users_ || (!null && x.type != json_type::string))
          return wrong_type();
        if (into_->user_count++ < max_users_)
          into_->users.add(x.text);
        return nullptr;
      case field::state:
        if (!null && x.type != json_type::string)
          return wrong_type();
        into_->state.reset();
        if (!null)
          into_->state.emplace(x.text);
        return nullptr;
      case field::allow_partial:
        if (!null && x.type != json_type::boolean)
          return wrong_type();
        into_->allow_partial = x.boolean;
        return nullptr;
      case field::ignored:
        return nullptr;
    }
    return nullptr;
  }

private:
  enum class field : std::uint8_t { ignored, users, state, allow_partial };

  void forget_users() noexcept {
    into_->users.clear();
    into_->user_count = 0;
    into_->has_users = false;
  }

  const char* wrong_type() const noexcept {
    return field_ == field::users   ? "users: not a list of strings"
           : field_ == field::state ? "state: not a string"
                                    : "allow_partial: not a boolean";
  }

  call_method method_ = call_method::other;
  status_request* into_ = nullptr;
  std::size_t max_users_ = 0;
  bool in_users_ = false;
  field field_ = field::ignored;
};

} // namespace lastseen::server_api

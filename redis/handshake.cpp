#include "redis/handshake.hpp"

#include "redis/command.hpp"
#include "redis/server_error.hpp"
#include "redis/status_commands.hpp"

namespace lastseen::redis {

std::string_view handshake::name_of(step which) noexcept {
  switch (which) {
    case step::auth:
      return "AUTH";
    case step::role:
      return "ROLE";
    case step::ping:
      return "PING";
    case step::select:
      return "SELECT";
    case step::set_name:
      return "CLIENT SETNAME";
    case step::load:
      return "SCRIPT LOAD";
    case step::time:
      break;
  }
  return "TIME";
}

handshake::handshake(const config::redis_address& address,
                     std::string_view client_name, std::string_view script,
                     peer who) {
  if (!address.password.empty() || !address.user.empty()) {
    steps_.push_back(step::auth);
    if (address.user.empty())
      append_command(bytes_, {"AUTH", address.password});
    else
      append_command(bytes_, {"AUTH", address.user, address.password});
  }
  if (who == peer::master) {
    steps_.push_back(step::role);
    append_command(bytes_, {"ROLE"});
  }
  if (address.db != 0 && who != peer::sentinel) {
    steps_.push_back(step::select);
    append_command(bytes_, {"SELECT", std::to_string(address.db)});
  }
  if (!client_name.empty()) {
    steps_.push_back(step::set_name);
    append_command(bytes_, {"CLIENT", "SETNAME", client_name});
  }
  if (!script.empty()) {
    steps_.push_back(step::load);
    append_command(bytes_, {"SCRIPT", "LOAD", script});
  }
  auto last = who == peer::sentinel ? step::ping : step::time;
  steps_.push_back(last);
  append_command(bytes_, {name_of(last)});
}

std::vector<std::string_view> handshake::commands() const {
  std::vector<std::string_view> names;
  for (auto which : steps_)
    names.push_back(name_of(which));
  return names;
}

result<void> handshake::take(const reply& answer) {
  auto which = steps_[next_];
  auto head = answer[0];
  if (head.type == kind::error && which != step::set_name)
    return error{meaning(head.text),
                 std::string{name_of(which)} + ": " + std::string{head.text}};
  if (head.type != kind::error && !understand(which, answer))
    return error{ec::unavailable,
                 std::string{name_of(which)} + ": unexpected reply"};
  if (which == step::role && answer[1].text != "master")
    return error{ec::not_ready, "ROLE: it is a replica, not the master"};
  ++next_;
  return {};
}

bool handshake::understand(step which, const reply& answer) {
  switch (which) {
    case step::role:
      return answer[0].type == kind::array && answer.size() > 1
             && answer[1].type == kind::string;
    case step::load:
      sha_ = answer[0].text;
      return answer[0].type == kind::string && !sha_.empty();
    case step::time: {
      auto time = parse_time(answer);
      server_time_ = time.value_or(0);
      return time.has_value();
    }
    default:
      return answer[0].type == kind::status;
  }
}

} // namespace lastseen::redis

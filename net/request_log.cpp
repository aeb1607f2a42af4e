#include "net/request_log.hpp"

#include "net/log.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

namespace lastseen {

namespace {

constexpr std::size_t max_id_size = 128;

// Of what a client sent, in a line.
constexpr std::size_t max_text_size = 256;

bool is_id_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
         || (c >= 'a' && c <= 'z')
         || std::string_view{"-_.:=+/@"}.find(c) != std::string_view::npos;
}

} // namespace

std::string_view valid_request_id(std::string_view given) noexcept {
  auto good = given.size() <= max_id_size
              && std::all_of(given.begin(), given.end(), is_id_character);
  return good ? given : std::string_view{};
}

std::string make_request_id() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  std::uint64_t x = engine();
  for (int i = 0; i < 16; ++i, x >>= 4)
    out += digits[x & 15];
  return out;
}

std::string request_id_field(std::string_view id) {
  return id.empty() ? "" : "X-Request-ID: " + std::string{id} + "\r\n";
}

request_log::request_log(std::string_view how, std::string_view where,
                         std::string_view id, local_time now)
  : method(how.substr(0, max_text_size)),
    path(where.substr(0, max_text_size)),
    request_id(id),
    began(now) {}

void request_log::write(unsigned status, std::size_t body_size,
                        local_time now) const {
  log_event(log_level::info, "request",
            {{"method", method},
             {"path", path},
             {"status", std::to_string(status)},
             {"bytes", std::to_string(body_size)},
             {"micros", std::to_string((now - began).count())},
             {"request_id", request_id}});
}

} // namespace lastseen

#include "redis/node_commands.hpp"

#include "redis/command.hpp"
#include "redis/status_commands.hpp"

namespace lastseen::redis {

namespace {

constexpr std::string_view exchange_script = R"lua(
local now = tonumber(redis.call('TIME')[1])
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
redis.call('EXPIRE', KEYS[1], 30)
local all = redis.call('HGETALL', KEYS[1])
local fresh = {}
for i = 1, #all, 2 do
  local at, about = string.match(all[i + 1], '^(%d+) (.*)$')
  if at and now - tonumber(at) <= 30 then
    fresh[#fresh + 1] = about
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return fresh
)lua";

} // namespace

std::string nodes_key(std::string_view keys) {
  keys.remove_suffix(key_prefix("").size());
  return std::string{keys} + ".nodes";
}

void append_exchange(std::string& out, const std::string& key,
                     std::string_view id, std::string_view about) {
  append_command(out, {"EVAL", exchange_script, "1", key, id, about});
}

std::optional<std::vector<std::string>> parse_exchange(const reply& text) {
  if (text[0].type != kind::array || !text.is_flat_array(text.size() - 1))
    return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i].type != kind::string)
      return std::nullopt;
    out.emplace_back(text[i].text);
  }
  return out;
}

} // namespace lastseen::redis

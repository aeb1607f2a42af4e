#include "config/old_keys.hpp"

#include "config/old_key_tables.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace lastseen::config {

namespace {

namespace json = boost::json;

// Where a flat key of Redis is now, below the group of Redis.
std::optional<std::string> redis_key(std::string_view name) {
  constexpr std::string_view begin = "redis_";
  if (!name.starts_with(begin))
    return std::nullopt;
  name.remove_prefix(begin.size());
  constexpr std::string_view sentinel = "sentinel_";
  auto of_sentinel = name.starts_with(sentinel);
  auto rest = of_sentinel ? name.substr(sentinel.size()) : name;
  auto i = std::ranges::find(old_tls_keys, rest, &renaming::old);
  if (i == old_tls_keys.end())
    return std::string{name};
  return std::string{of_sentinel ? sentinel : ""} + std::string{i->now};
}

class renamer {
public:
  explicit renamer(const std::string& origin) : origin_{origin} {}

  renamed_file run(const json::object& file) && {
    for (const auto& [key, value] : file) {
      auto name = std::string{key.data(), key.size()};
      auto old_group = name == "redis_active_status";
      if ((old_group || name == "user_status") && value.is_object())
        statuses(name, value.get_object(), old_group);
      else if (auto now = new_name(name, value))
        moved_.push_back({name, *now, value});
      else
        out_.tree[key] = value;
    }
    // Last, so that the order of the file does not matter.
    for (auto& [old, now, value] : moved_)
      move(old, now, std::move(value));
    return std::move(out_);
  }

private:
  struct moved {
    std::string old;
    std::string now;
    json::value value;
  };

  static std::optional<std::string> new_name(const std::string& name,
                                             const json::value& value) {
    if (auto i = std::ranges::find(old_flat_keys, name, &renaming::old);
        i != old_flat_keys.end())
      return std::string{i->now};
    if (!value.is_object()
        && std::ranges::find(old_switches, name) != old_switches.end())
      return name + ".enabled";
    if (name == "engine" && !value.is_object())
      return "engine.type";
    if (auto key = redis_key(name))
      return "engine.redis." + *key;
    return std::nullopt;
  }

  void statuses(const std::string& group, const json::object& members,
                bool old_group) {
    auto& out = out_.tree["user_status"];
    if (!out.is_object())
      out = json::object{};
    for (const auto& [key, value] : members) {
      auto name = std::string{key.data(), key.size()};
      auto old = group + '.' + name;
      if (name == "use_redis_from_engine")
        moved_.push_back({old, "user_status.redis.reuse_from_engine", value});
      else if (auto redis = redis_key(name))
        moved_.push_back({old, "user_status.redis." + *redis, value});
      else if (old_group)
        moved_.push_back({old, "user_status." + name, value});
      else
        out.get_object()[key] = value;
    }
  }

  void move(const std::string& old, const std::string& now,
            json::value&& value) {
    auto about = origin_ + ": " + old + ": is now called " + now;
    auto group = &out_.tree;
    std::string_view rest = now;
    for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
      auto& inner = (*group)[rest.substr(0, dot)];
      if (inner.is_null())
        inner = json::object{};
      if (!inner.is_object())
        return; // wrong already, and said so where it is read
      group = &inner.get_object();
      rest.remove_prefix(dot + 1);
    }
    if (group->contains(rest)) {
      out_.warnings.push_back(about + ", which is there too: ignored");
      return;
    }
    (*group)[rest] = std::move(value);
    out_.old_names.emplace(now, old);
    out_.warnings.push_back(about);
  }

  std::string origin_;
  renamed_file out_;
  std::vector<moved> moved_;
};

} // namespace

renamed_file with_new_names(const json::object& file,
                            const std::string& origin) {
  return renamer{origin}.run(file);
}

} // namespace lastseen::config

#include "config/load.hpp"

#include "config/assign.hpp"
#include "config/json_file.hpp"
#include "config/redis_address.hpp"
#include "config/text.hpp"
#include "config/validate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace lastseen::config {

namespace {

namespace json = boost::json;

constexpr std::string_view env_prefix = "LASTSEEN_";
constexpr std::string_view address_key = "user_status.redis.address";
constexpr std::string_view path_key = "user_status.embedded.path";

// -- the table, asked in other ways -------------------------------------------

bool is_group(std::string_view path) {
  auto begin = std::string{path} + '.';
  return std::ranges::any_of(
    fields(), [&](const field& f) { return f.key.starts_with(begin); });
}

// All keys and groups.
std::vector<std::string> known_paths() {
  std::vector<std::string> paths;
  for (const auto& f : fields()) {
    for (auto dot = f.key.find('.'); dot != f.key.npos;
         dot = f.key.find('.', dot + 1))
      paths.emplace_back(f.key.substr(0, dot));
    paths.emplace_back(f.key);
  }
  return paths;
}

std::string suggestion(std::string_view x, std::span<const std::string> known) {
  auto found = nearest(x, known);
  return found.empty() ? "" : "; did you mean " + std::string{found} + "?";
}

// Whether a value switches nothing on.
bool is_off(const json::value& x) {
  switch (x.kind()) {
    case json::kind::null:
      return true;
    case json::kind::bool_:
      return !x.get_bool();
    case json::kind::int64:
      return x.get_int64() == 0;
    case json::kind::uint64:
      return x.get_uint64() == 0;
    case json::kind::double_:
      return x.get_double() == 0;
    case json::kind::string:
      return x.get_string().empty();
    case json::kind::array:
      return std::ranges::all_of(x.get_array(), is_off);
    case json::kind::object:
      return std::ranges::all_of(x.get_object(),
                                 [](auto& y) { return is_off(y.value()); });
  }
  return false;
}

bool is_off(std::string_view x) {
  constexpr auto off = std::to_array<std::string_view>(
    {"", "0", "f", "F", "false", "FALSE", "False"});
  return std::ranges::find(off, x) != off.end();
}

error not_supported(std::string_view key, const std::string& origin) {
  return {ec::bad_config,
          std::string{key} + " (" + origin
            + "): is not supported yet: must be left out; only standalone "
              "servers without TLS are"};
}

// -- the loader ---------------------------------------------------------------

class loader {
public:
  result<void> read_json(const sources& from) {
    auto text = read_file(from.path);
    if (!text)
      return text.error();
    if (!*text) {
      out_.warnings.push_back(from.path + ": no such file"
                              + (from.path_given ? " (given by --config)" : "")
                              + ", so it sets nothing");
      return {};
    }
    for (auto ending : {".yaml", ".yml", ".toml"})
      if (from.path.ends_with(ending))
        return error{ec::bad_config,
                     from.path + ": only JSON files are supported yet"};
    auto tree = parse_json(**text, from.path);
    if (!tree)
      return tree.error();
    return walk(*tree, "", "file " + from.path);
  }

  result<void>
  read_environment(const std::map<std::string, std::string>& variables) {
    std::vector<std::string> names;
    for (const auto& f : fields())
      names.push_back(env_name(f.key));
    for (const auto& [name, value] : variables) {
      if (!name.starts_with(env_prefix) || value.empty())
        continue;
      auto i = std::ranges::find(names, name);
      auto known =
        i == names.end()
          ? other_variable(name, value, names)
          : set(fields()[static_cast<std::size_t>(i - names.begin())],
                std::string_view{value}, "environment " + name);
      if (!known)
        return known;
    }
    return {};
  }

  result<void>
  read_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
    for (const auto& [key, value] : flags) {
      auto f = find_field(key);
      if (!f)
        return error{ec::bad_config, "--" + key + ": no such flag"};
      if (f->secret)
        return error{ec::bad_config,
                     key + " (flag --" + key
                       + "): a secret must be in the file or in "
                       + env_name(key) + ", since others see command lines"};
      if (f->key == address_key && value.find('@') != value.npos)
        out_.warnings.push_back(
          key + " (flag --" + key
          + "): holds a login, which others see in the command line");
      if (auto done = set(*f, std::string_view{value}, "flag --" + key); !done)
        return done;
    }
    return {};
  }

  result<loaded> finish() && {
    auto& x = out_.settings;
    auto& status = x.user_status;
    if (x.http_server.address == "localhost")
      x.http_server.address = "127.0.0.1";
    if (!origins_.contains("user_status.delete_guard"))
      status.delete_guard =
        std::min(status.delete_guard, status.expire_interval);
    if (auto done = choose_store(); !done)
      return done.error();
    auto warnings = validate(x, origins_);
    if (!warnings)
      return warnings.error();
    std::ranges::move(*warnings, std::back_inserter(out_.warnings));
    out_.store_note = store_note();
    return std::move(out_);
  }

private:
  template <class Source>
  result<void> set(const field& f, const Source& value,
                   const std::string& origin) {
    if (!assign(out_.settings, f, value))
      return bad_value(f.key, shown(f, value), origin, allowed(f));
    origins_[f.key] = origin;
    return {};
  }

  result<void> walk(const json::object& group, const std::string& prefix,
                    const std::string& origin) {
    for (const auto& [name, value] : group) {
      auto key = std::string_view{name.data(), name.size()};
      if (auto done = entry(prefix, key, value, origin); !done)
        return done;
    }
    return {};
  }

  result<void> entry(const std::string& prefix, std::string_view name,
                     const json::value& value, const std::string& origin) {
    auto path = prefix + std::string{name};
    if (name.find('.') != name.npos) {
      out_.warnings.push_back(origin + ": unknown key " + quote(path)
                              + ", ignored; groups are nested objects, names "
                                "have no dots");
      return {};
    }
    if (auto f = find_field(path))
      return set(*f, value, origin);
    if (is_group(path)) {
      if (auto inner = value.if_object())
        return walk(*inner, path + '.', origin);
      return error{ec::bad_config,
                   path + " (" + origin + "): must be an object"};
    }
    auto later = unsupported_keys();
    if (auto i = std::ranges::find(later, path); i != later.end()) {
      if (!is_off(value))
        return not_supported(path, origin);
      origins_[*i] = origin;
    } else if (path == ignored_key) {
      origins_[ignored_key] = origin;
    } else {
      out_.warnings.push_back(origin + ": unknown key " + quote(path)
                              + ", ignored" + suggestion(path, known_paths()));
    }
    return {};
  }

  result<void> other_variable(const std::string& name, std::string_view value,
                              const std::vector<std::string>& known) {
    for (auto key : unsupported_keys()) {
      auto variable = env_name(key);
      if (name != variable && !name.starts_with(variable + '_'))
        continue;
      if (!is_off(value))
        return not_supported(key, "environment " + name);
      origins_[key] = "environment " + name;
      return {};
    }
    if (name == env_name(ignored_key))
      origins_[ignored_key] = "environment " + name;
    else
      out_.warnings.push_back("environment: unknown variable " + quote(name)
                              + ", ignored" + suggestion(name, known));
    return {};
  }

  // The first given key of Redis, the address if that is given.
  origins::const_iterator redis_origin() const {
    if (auto i = origins_.find(address_key); i != origins_.end())
      return i;
    return std::ranges::find_if(origins_, [](const auto& x) {
      return x.first.starts_with("user_status.redis.");
    });
  }

  result<void> choose_store() {
    auto& status = out_.settings.user_status;
    auto redis = redis_origin();
    auto path = origins_.find(path_key);
    if (redis != origins_.end() && path != origins_.end())
      return error{ec::bad_config,
                   std::string{path_key} + " (" + path->second + ") and "
                     + std::string{redis->first} + " (" + redis->second
                     + "): contradict each other: must be only one of them, as "
                       "there is one store"};
    auto explicitly =
      status.enabled && origins_.contains("user_status.enabled");
    if (redis == origins_.end() && (path != origins_.end() || !explicitly))
      return {};
    out_.settings.store = store_kind::redis;
    auto& address = status.redis.address;
    if (address.empty() || (address.size() == 1 && address.front().empty()))
      address = {"127.0.0.1:6379"};
    return {};
  }

  std::string store_note() const {
    const auto& status = out_.settings.user_status;
    auto reason = [this](std::string_view key) {
      return std::string{key} + " is set (" + origins_.at(key) + ')';
    };
    std::string note = "the store is ";
    if (out_.settings.store == store_kind::embedded) {
      note +=
        "embedded, " + quote(status.embedded.path) + ", because "
        + (origins_.contains(path_key) ? reason(path_key) : "no Redis is set");
    } else {
      std::string names;
      for (const auto& shard : *redis_shards(status.redis))
        names += (names.empty() ? "" : ", ") + to_string(shard);
      auto redis = redis_origin();
      note += "Redis, " + names + ", because "
              + reason(redis == origins_.end() ? "user_status.enabled"
                                               : redis->first);
    }
    if (!status.enabled)
      note += "; it stays unused, user_status.enabled is false";
    return note;
  }

  loaded out_;
  origins origins_;
};

} // namespace

result<loaded> load(const sources& from) {
  loader all;
  if (auto done = all.read_json(from); !done)
    return done.error();
  if (auto done = all.read_environment(from.environment); !done)
    return done.error();
  if (auto done = all.read_flags(from.flags); !done)
    return done.error();
  return std::move(all).finish();
}

std::map<std::string, std::string> environment(const char* const* variables) {
  std::map<std::string, std::string> out;
  for (; *variables; ++variables) {
    auto text = std::string_view{*variables};
    auto end = text.find('=');
    if (end != text.npos && text.starts_with(env_prefix))
      out.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return out;
}

} // namespace lastseen::config

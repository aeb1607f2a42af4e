#include "config/load.hpp"

#include "config/assign.hpp"
#include "config/env_file.hpp"
#include "config/file.hpp"
#include "config/known_keys.hpp"
#include "config/old_keys.hpp"
#include "config/store_choice.hpp"
#include "config/text.hpp"
#include "config/validate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>

namespace lastseen::config {

namespace {

namespace json = boost::json;

constexpr std::string_view env_prefix = "LASTSEEN_";
constexpr std::string_view reuse_key = "user_status.redis.reuse_from_engine";
// Its name in Centrifugo before version 6.
constexpr std::string_view old_reuse_key = "user_status.use_redis_from_engine";

error not_supported(std::string_view key, const std::string& origin) {
  return {ec::bad_config, std::string{key} + " (" + origin
                            + "): is not supported yet: must be left out"};
}

// -- the loader ---------------------------------------------------------------

class loader {
public:
  result<void> read_settings_file(const sources& from) {
    auto text = read(from.path, from);
    if (!text)
      return text.error();
    if (!*text) {
      out_.warnings.push_back(from.path + ": no such file"
                              + (from.path_given ? " (given by --config)" : "")
                              + ", so it sets nothing");
      return {};
    }
    auto tree = parse_file(**text, from.path);
    if (!tree)
      return tree.error();
    auto origin = "file " + from.path;
    auto file = with_new_names(*tree, origin);
    std::ranges::move(file.warnings, std::back_inserter(out_.warnings));
    old_names_ = std::move(file.old_names);
    return walk(file.tree, "", origin);
  }

  result<void> read_env_file(const sources& from) {
    const auto& path = from.env_file;
    if (path.empty())
      return {};
    if (std::error_code none; std::filesystem::is_directory(path, none)) {
      out_.warnings.push_back(path + ": is a directory, so it sets nothing");
      return {};
    }
    auto text = read(path, from);
    if (!text)
      return text.error();
    if (!*text)
      return {};
    auto file = parse_env(**text, path, env_prefix);
    if (!file)
      return file.error();
    std::ranges::move(file->warnings, std::back_inserter(out_.warnings));
    for (const auto& [name, x] : file->variables) {
      auto origin = path + ':' + std::to_string(x.line);
      if (auto done = variable(name, x.value, origin); !done)
        return done;
    }
    return {};
  }

  result<void>
  read_environment(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables)
      if (auto done = variable(name, value, "environment"); !done)
        return done;
    return {};
  }

  result<void>
  read_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
    for (const auto& [key, value] : flags) {
      if (!find(foreign_switches(), key).empty()) {
        warn_of_unknown("flag --" + key, key.substr(0, key.find('.')));
        continue;
      }
      auto f = find_field(key);
      if (!f)
        return error{ec::bad_config, "--" + key + ": no such flag"};
      if (f->secret)
        return error{ec::bad_config,
                     key + " (flag --" + key
                       + "): a secret must be in the file or in "
                       + env_name(key) + ", since others see command lines"};
      if (is_redis_address(f->key) && value.find('@') != value.npos)
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
    for (auto* address : {&x.http_server.address,
                          &x.http_server.internal_address, &x.grpc_api.address})
      if (*address == "localhost")
        *address = "127.0.0.1";
    if (!origins_.contains("user_status.delete_guard"))
      status.delete_guard =
        std::min(status.delete_guard, status.expire_interval);
    if (auto done = reuse_engine(); !done)
      return done.error();
    if (auto done = choose_store(x, origins_); !done)
      return done.error();
    auto warnings = validate(x, origins_);
    if (!warnings)
      return warnings.error();
    std::ranges::move(*warnings, std::back_inserter(out_.warnings));
    out_.store_note = store_note(x, origins_);
    return std::move(out_);
  }

private:
  result<void> variable(const std::string& name, std::string_view value,
                        const std::string& from) {
    if (!name.starts_with(env_prefix) || value.empty())
      return {};
    auto origin = from + ' ' + name;
    auto find = [&](const std::string& x) -> const field* {
      auto i = std::ranges::find(names_, x);
      return i == names_.end()
               ? nullptr
               : &fields()[static_cast<std::size_t>(i - names_.begin())];
    };
    if (auto f = find(name))
      return set(*f, value, origin);
    constexpr std::string_view engine = "LASTSEEN_ENGINE_REDIS_";
    if (name.starts_with(engine))
      if (auto f =
            find(env_name("user_status.redis.") + name.substr(engine.size())))
        return set_engine(*f, value, origin);
    if (name == env_name(old_reuse_key))
      return set_reuse(value, origin);
    return other_variable(name, value, from);
  }

  template <class Source>
  result<void> set_engine(const field& f, const Source& value,
                          const std::string& origin) {
    if (!assign(engine_, f, value))
      return bad_value(f.key, shown(f, value), origin, allowed(f));
    engine_origins_[f.key] = origin;
    return {};
  }

  result<void> set_reuse(std::string_view value, const std::string& origin) {
    out_.warnings.push_back(std::string{old_reuse_key} + " (" + origin
                            + "): is now called " + std::string{reuse_key});
    return set(*find_field(reuse_key), value, origin);
  }

  // What is not given for the statuses is that of the engine.
  result<void> reuse_engine() {
    if (engine_origins_.empty())
      return {};
    if (!out_.settings.user_status.redis.reuse_from_engine) {
      out_.warnings.push_back("engine.redis (" + engine_origins_.begin()->second
                              + "): not used, unless " + std::string{reuse_key}
                              + " is set");
      return {};
    }
    if (engine_unsupported_)
      return *engine_unsupported_;
    // One way to find Redis must not hide another one that is given here.
    auto found = std::ranges::any_of(
      origins_, [](const auto& x) { return is_redis_address(x.first); });
    for (const auto& [key, origin] : engine_origins_) {
      if (found && is_redis_address(key))
        continue;
      if (auto f = find_field(key); origins_.emplace(key, origin).second && f)
        std::visit([&](auto at) { at(out_.settings) = at(engine_); }, f->at);
    }
    return {};
  }

  template <class Source>
  result<void> set(const field& f, const Source& value,
                   const std::string& origin) {
    if (!assign(out_.settings, f, value))
      return bad_value(f.key, shown(f, value), origin, allowed(f));
    origins_[f.key] = origin;
    return {};
  }

  std::string with_old_name(const std::string& path,
                            const std::string& origin) const {
    auto i = old_names_.find(path);
    return i == old_names_.end() ? origin : origin + ", " + i->second;
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
      return set(*f, value, with_old_name(path, origin));
    auto meant = without_engine(path);
    if (auto f = meant == path ? nullptr : find_field(meant))
      return set_engine(*f, value,
                        old_names_.contains(path) ? with_old_name(path, origin)
                                                  : origin + ", " + path);
    if (is_group(meant) || (path == "engine" && value.is_object())) {
      if (auto inner = value.if_object())
        return walk(*inner, path + '.', origin);
      return error{ec::bad_config,
                   path + " (" + origin + "): must be an object"};
    }
    auto& origins = meant == path ? origins_ : engine_origins_;
    if (auto later = find(unsupported_keys(), meant); !later.empty()) {
      if (!is_off(value) && meant == path)
        return not_supported(path, origin);
      if (!is_off(value))
        engine_unsupported_ = not_supported(path, origin);
      origins[later] = origin;
    } else if (auto ignored = find(ignored_keys(), meant); !ignored.empty()) {
      origins[ignored] = origin;
    } else {
      warn_of_unknown(origin, path);
    }
    return {};
  }

  result<std::optional<std::string>> read(const std::string& path,
                                          const sources& from) {
    auto text = read_file(path);
    if (text && *text)
      out_.files.push_back(path);
    else if (text
             && std::ranges::find(from.expected, path) != from.expected.end())
      return error{ec::bad_config, path + ": no such file"};
    return text;
  }

  void warn_of_unknown(const std::string& origin, const std::string& path) {
    out_.warnings.push_back(origin + ": unknown key " + quote(path)
                            + ", ignored" + suggestion(path, known_paths()));
  }

  result<void> other_variable(const std::string& name, std::string_view value,
                              const std::string& from) {
    auto origin = from + ' ' + name;
    for (auto key : unsupported_keys()) {
      auto variable = env_name(key);
      if (name != variable && !name.starts_with(variable + '_'))
        continue;
      if (!is_off(value))
        return not_supported(key, origin);
      origins_[key] = origin;
      return {};
    }
    auto ignored = std::ranges::find(ignored_keys(), name, env_name);
    if (ignored != ignored_keys().end())
      origins_[*ignored] = origin;
    else
      out_.warnings.push_back(from + ": unknown variable " + quote(name)
                              + ", ignored" + suggestion(name, names_));
    return {};
  }

  static std::vector<std::string> names_of_variables() {
    std::vector<std::string> out;
    for (const auto& f : fields())
      out.push_back(env_name(f.key));
    return out;
  }

  loaded out_;
  std::vector<std::string> names_ = names_of_variables(); // as in fields()
  origins origins_;
  std::map<std::string, std::string> old_names_; // of keys in the file
  // Keys of `engine.redis`, as those of `user_status.redis`.
  settings engine_;
  origins engine_origins_;
  std::optional<error> engine_unsupported_;
};

} // namespace

result<loaded> load(const sources& from) {
  loader all;
  if (auto done = all.read_settings_file(from); !done)
    return done.error();
  if (auto done = all.read_env_file(from); !done)
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

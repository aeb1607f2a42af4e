#include "net/log.hpp"

#include "net/json_text.hpp"
#include "net/log_file.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace lastseen {

namespace {

bool in_json = false;
std::shared_ptr<log_file> file; // null: the standard output

bool is_plain(std::string_view text) {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), [](unsigned char c) {
              return c > ' ' && c != '"' && c != '=' && c != '\\' && c < 0x7f;
            });
}

// JSON leaves DEL and the control characters of U+0080 to U+009F as they are.
void append_quoted(std::string& out, std::string_view value) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string quoted;
  append_json_string(quoted, value);
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    auto c = static_cast<unsigned char>(quoted[i]);
    auto next = static_cast<unsigned char>(quoted.c_str()[i + 1]);
    auto two = c == 0xc2 && next < 0xa0;
    if (two)
      c = static_cast<unsigned char>(quoted[++i]);
    if (two || c == 0x7f) {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
}

log_level level_of(const std::string& name) {
  return name == "none" ? spdlog::level::off : spdlog::level::from_str(name);
}

} // namespace

void set_log_level(const std::string& level) {
  spdlog::set_level(level_of(level));
}

result<void> set_up_log(const config::log& settings) {
  in_json = settings.format == "json";
  file.reset();
  spdlog::sink_ptr to = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  if (!settings.file.empty()) {
    file = std::make_shared<log_file>(settings.file);
    if (auto opened = file->reopen(); !opened)
      return opened;
    to = file;
  }
  auto logger = std::make_shared<spdlog::logger>("lastseen", std::move(to));
  logger->set_level(level_of(settings.level));
  logger->set_pattern(in_json
                        ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                        : "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

result<void> reopen_log() {
  return file ? file->reopen() : result<void>{};
}

void log_event(log_level level, std::string_view what,
               std::initializer_list<log_field> fields) {
  if (spdlog::should_log(level))
    spdlog::log(level, "{}", format_event(in_json, what, fields));
}

std::optional<std::uint64_t> log_limit::pass(local_time now) noexcept {
  auto next = next_.load();
  if (now < next
      || !next_.compare_exchange_strong(next, now + std::chrono::seconds{1})) {
    ++skipped_;
    return std::nullopt;
  }
  return skipped_.exchange(0);
}

std::string format_event(bool json, std::string_view what,
                         std::initializer_list<log_field> fields) {
  std::string out;
  auto add = [&](std::string_view key, std::string_view value) {
    if (!out.empty())
      out += json ? ',' : ' ';
    if (json)
      append_json_string(out, key);
    else
      out += key;
    out += json ? ':' : '=';
    if (json || !is_plain(value))
      append_quoted(out, value);
    else
      out += value;
  };
  add("msg", what);
  for (const auto& [key, value] : fields)
    add(key, value);
  return out;
}

} // namespace lastseen

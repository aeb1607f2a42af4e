#pragma once

#include "status/error.hpp"
#include "status/text_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;
struct redisReadTask;

namespace lastseen::redis {

enum class kind : std::uint8_t { string, status, error, integer, nil, array };

/// One reply of a server, flat: an array is followed by its elements, theirs
/// included. Two blocks of memory whatever its size, and they are used again
/// for the next reply.
class reply {
public:
  struct node {
    kind type = kind::nil;
    /// `string`, `status`, `error`: the bytes.
    std::string_view text;
    /// `integer`: the value. `array`: how many elements it has.
    std::int64_t number = 0;
  };

  /// How many nodes, at least one.
  std::size_t size() const noexcept {
    return entries_.size();
  }

  node operator[](std::size_t i) const noexcept {
    auto& x = entries_[i];
    if (x.type > kind::error)
      return {x.type, {}, x.number};
    return {x.type, bytes_.part(static_cast<std::size_t>(x.number), x.length),
            0};
  }

  /// Whether it is an array of so many elements, none of them an array.
  bool is_flat_array(std::size_t elements) const noexcept;

private:
  friend class reply_reader;

  struct entry {
    std::int64_t number; // the value, or where the bytes start
    std::uint32_t length;
    kind type;
  };

  std::vector<entry> entries_;
  text_buffer bytes_;
};

/// Cuts what a server sends into replies, with hiredis. Not thread-safe.
class reply_reader {
public:
  /// No reply is larger in memory, and no more than this waits to become one:
  /// Redis's own bound of a string (proto-max-bulk-len).
  static constexpr std::size_t default_max_bytes = 512 * 1024 * 1024;

  explicit reply_reader(std::size_t max_bytes = default_max_bytes);
  reply_reader(const reply_reader&) = delete;
  reply_reader& operator=(const reply_reader&) = delete;

  /// Takes the next bytes, in any portions.
  void feed(std::string_view bytes);

  /// The next reply, valid until the next call; `nullptr` when it takes more
  /// bytes. After an error (`what` says why it is not the protocol) the stream
  /// is lost: there is no next reply.
  result<const reply*> next();

private:
  struct functions;

  void* add(kind type, std::string_view text, std::int64_t number);
  bool endless_line() const noexcept;

  struct deleter {
    void operator()(redisReader* reader) const noexcept;
  };

  std::unique_ptr<redisReader, deleter> reader_;
  std::size_t max_bytes_;
  std::string failure_;
  bool complete_ = false;
  reply reply_;
};

} // namespace lastseen::redis

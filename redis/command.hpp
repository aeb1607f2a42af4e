#pragma once

#include "status/user_list.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

/// Commands in the Redis protocol (RESP2): an array of bulk strings, bytes of
/// any value allowed (https://redis.io/docs/reference/protocol-spec/).
namespace lastseen::redis {

/// Appends one short command, formatted by hiredis.
void append_command(std::string& out,
                    std::initializer_list<std::string_view> args);

// For commands with hundreds of keys, where hiredis costs more than all the
// rest of a read: it wants arrays of pointers and lengths, measures
// everything twice and returns a copy.

/// Appends the head of a command with so many arguments, its name included.
void append_array(std::string& out, std::size_t arguments);

/// Appends one argument.
void append_bulk(std::string& out, std::string_view bytes);

/// Appends one argument: `prefix` and `bytes` in one.
void append_bulk(std::string& out, std::string_view prefix,
                 std::string_view bytes);

/// Appends an argument for each user: `prefix` and the user in one.
void append_bulks(std::string& out, std::string_view prefix,
                  const user_list& users);

/// Appends one argument in decimal digits.
void append_bulk(std::string& out, std::size_t number);

} // namespace lastseen::redis

#pragma once

#include "actors/command.hpp"

#include <string_view>

namespace lastseen::protocol {

/// Reads the data of an rpc that comes as text of its own: sets `to.state` and
/// `to.bad_data`. Nothing, `null` and `{}` are the same. Not an object, not
/// JSON, or a state that is no string: bad.
void read_rpc_data(std::string_view json, command& to);

} // namespace lastseen::protocol

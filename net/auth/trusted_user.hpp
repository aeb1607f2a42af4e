#pragma once

#include "config/config.hpp"
#include "net/http_message.hpp"

#include <string_view>

namespace lastseen {

/// Who a proxy says the client is: the value of the header
/// `client.user_id_http_header`. Empty, which is nobody, when that is not used,
/// there is none or more than one of it, or it is over 512 bytes or no UTF-8.
std::string_view trusted_user(const http_request& request,
                              const config::client& settings) noexcept;

} // namespace lastseen

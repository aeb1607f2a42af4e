#include "net/auth/trusted_user.hpp"

#include "net/auth/token_claims.hpp"
#include "net/utf8.hpp"

#include <algorithm>

namespace lastseen {

std::string_view trusted_user(const http_request& request,
                              const config::client& settings) noexcept {
  const auto& name = settings.user_id_http_header;
  if (name.empty())
    return {};
  auto is_it = [&](const http_field& x) {
    return equal_ignoring_case(x.name, name);
  };
  auto user = request.field(name);
  if (std::ranges::count_if(request.fields, is_it) != 1
      || user.size() > claim_rules::max_user_size || !is_utf8(user))
    return {};
  return user;
}

} // namespace lastseen
